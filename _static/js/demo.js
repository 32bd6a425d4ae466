// @ts-check
// Starts the demos of a page where a browser loads modules: over http, and not from disk. `data-host` is their module.
(() => {
  const host = /** @type {HTMLScriptElement} */ (document.currentScript).dataset.host ?? "";
  const able = location.protocol.startsWith("http") && "noModule" in HTMLScriptElement.prototype;
  for (const demo of document.querySelectorAll(".ds-demo")) {
    /** @param {string} part @param {boolean} hidden */
    const hide = (part, hidden) => {
      /** @type {HTMLElement} */ (demo.querySelector(part)).hidden = hidden;
    };
    hide(".ds-d-no-script", true);
    hide(".ds-d-from-disk", able);
  }
  if (able) document.body.append(Object.assign(document.createElement("script"), { type: "module", src: host }));
})();
