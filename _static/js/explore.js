// @ts-check
// Starts the explorer from the head of its page, so that its frame stands from the first picture on. From disk a browser
// loads no modules, and an old one knows none: the text of the page stays.
(() => {
  const { scripts = "", first = "", manifest = "" } = /** @type {HTMLScriptElement} */ (document.currentScript).dataset;
  if (location.protocol === "file:" || !("noModule" in HTMLScriptElement.prototype)) return;
  const root = document.documentElement;
  root.classList.add("ds-x-on");
  /** @param {string} name @param {() => void} [onerror] */
  const module = (name, onerror = () => {}) =>
    Object.assign(document.createElement("script"), { type: "module", src: `${scripts}/${name}`, onerror });
  document.head.append(module("early.js"));
  // Fetched before the scripts, which take it from here.
  document.head.append(
    Object.assign(document.createElement("link"), { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: manifest }),
  );
  for (const name of first.split(" ")) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: `${scripts}/${name}` }));
  }
  // When all of the page is there; what it needs is on its way since the lines above.
  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(module("main.js", () => root.classList.remove("ds-x-on")));
  });
})();
