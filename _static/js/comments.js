// @ts-check
/**
 * Loads the comments of a page when its reader asks for them, and asks no other host before.
 *
 * A classic script, as all of a page. giscus is a frame of this page: no script of another host runs here. What this
 * does is what the script of giscus does: it tells the frame where it stands, and makes it as tall as it asks for.
 */
(function () {
  "use strict";

  const REMEMBERED = "ds-comments"; // host for which the reader has agreed once and for all
  const SESSION = "ds-comments-giscus"; // with which giscus knows a reader who has logged in

  /**
   * The address of the frame of giscus.
   * @param {string} address with what the site knows @param {string} page address of this page
   * @param {string} session of giscus; empty: nobody has logged in @param {boolean} dark
   */
  function frameAddress(address, page, session, dark) {
    const [url, here] = [new URL(address), new URL(page)];
    here.searchParams.delete("giscus");
    here.hash = "";
    for (const [name, value] of [["origin", here.href], ["backLink", here.href], ["session", session], ["theme", dark ? "dark" : "light"]]) {
      url.searchParams.set(name, value);
    }
    return url.href;
  }

  /**
   * What a message of the frame asks for; null where it is of another origin, or asks for nothing that is known.
   * @param {{origin: string, data: any}} message @param {string} origin of the frame
   * @returns {{height: number} | {signOut: true} | null}
   */
  function asked(message, origin) {
    const said = message.origin === origin && typeof message.data === "object" && message.data !== null ? message.data.giscus : null;
    if (typeof said !== "object" || said === null) return null;
    if (said.signOut === true) return { signOut: true };
    const height = Number(said.resizeHeight);
    return Number.isFinite(height) && height > 0 ? { height: Math.min(Math.ceil(height), 50_000) } : null;
  }

  /** Storage that may be forbidden. @param {(storage: Storage) => any} use */
  function stored(use) {
    try {
      return use(localStorage);
    } catch {
      return null; // what is remembered lasts as long as the page
    }
  }

  /** @param {HTMLElement} section */
  function wire(section) {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (section.querySelector(`[data-${name}]`));
    const address = section.dataset.address || "";
    const { origin } = new URL(address);
    const [ask, forget, told, stage] = ["ask", "forget", "told", "stage"].map(part);
    const status = /** @type {HTMLElement} */ (section.querySelector("[role=status]"));
    const remember = /** @type {HTMLInputElement} */ (part("remember"));
    part("fallback").hidden = true;
    ask.hidden = false;
    ask.querySelector("button")?.addEventListener("click", () => {
      if (remember.checked) stored((storage) => storage.setItem(REMEMBERED, origin));
      load();
    });
    forget.querySelector("button")?.addEventListener("click", () => {
      stored((storage) => [REMEMBERED, SESSION].forEach((name) => storage.removeItem(name)));
      forget.hidden = true;
      status.textContent = "They are loaded when you ask for them from the next page on.";
    });
    // Whoever comes back from logging in has asked for the comments before.
    const back = section.dataset.dsComments === "giscus" && new URL(location.href).searchParams.has("giscus");
    if (back || stored((storage) => storage.getItem(REMEMBERED)) === origin) load();

    function load() {
      ask.hidden = told.hidden = true;
      forget.hidden = stored((storage) => storage.getItem(REMEMBERED)) !== origin;
      status.textContent = `Loading comments from ${new URL(address).host}.`;
      if (section.dataset.dsComments === "giscus") frame();
      else script();
    }

    function frame() {
      const dark = document.body.dataset.theme === "dark" || (document.body.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
      const node = document.createElement("iframe");
      node.title = "Comments";
      node.referrerPolicy = "strict-origin-when-cross-origin";
      node.src = frameAddress(address, location.href, session(), dark);
      addEventListener("message", (message) => {
        const wish = message.source === node.contentWindow ? asked(message, origin) : null;
        if (wish && "height" in wish) node.style.height = `${wish.height}px`;
        if (wish && "signOut" in wish) {
          stored((storage) => storage.removeItem(SESSION));
          node.src = frameAddress(address, location.href, "", dark);
        }
      });
      stage.replaceChildren(node);
    }

    /** What giscus gave the reader who logged in: it comes back in the address, out of which it is taken. */
    function session() {
      const url = new URL(location.href);
      const given = url.searchParams.get("giscus");
      if (given) {
        stored((storage) => storage.setItem(SESSION, given));
        url.searchParams.delete("giscus");
        history.replaceState(null, "", url.href);
      }
      return given || stored((storage) => storage.getItem(SESSION)) || "";
    }

    function script() {
      const node = document.createElement("script");
      node.src = address;
      node.addEventListener("load", () => (status.textContent = "Annotations open at the edge of the page."));
      node.addEventListener("error", () => {
        told.hidden = ask.hidden = false;
        told.textContent = `${new URL(address).host} did not answer.`;
      });
      document.head.append(node);
    }
  }

  function main() {
    const section = document.querySelector("[data-ds-comments]");
    if (section instanceof HTMLElement && location.protocol.startsWith("http")) wire(section);
  }

  if (typeof module !== "undefined") module.exports = { asked, frameAddress };
  else main(); // deferred, so the page is there
})();
