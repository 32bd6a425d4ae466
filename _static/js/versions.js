// @ts-check
/**
 * Points the links to other versions of the data set at the page that is open, where they have it.
 *
 * A classic script, because a browser loads no module from file://. Without it the links lead to the start pages. Other
 * versions are asked when the list is opened, and only those of this origin.
 */
(function () {
  "use strict";

  /**
   * Find out where a version has a page.
   * @param {string} start address of the version's start page, which ends with a slash
   * @param {string} page path of the page in a site
   * @returns {Promise<string | null>} null: it has none
   */
  async function placeOf(start, page) {
    const answer = await fetch(new URL("_data/versions.json", start), { credentials: "omit" });
    if (!answer.ok) return null;
    const listed = await answer.json();
    const has = listed && listed.format === 1 && Array.isArray(listed.pages) && listed.pages.includes(page);
    return has ? new URL(page, start).href : null;
  }

  /**
   * @param {HTMLAnchorElement} link
   * @param {string} page
   */
  async function point(link, page) {
    /** @type {string | null} */
    let place = null;
    try {
      place = await placeOf(link.href, page);
    } catch {
      // A version that cannot be asked: its start page is what there is.
    }
    if (place) {
      link.href = place;
      return;
    }
    const note = document.createElement("span");
    note.className = "ds-versions-note";
    note.textContent = "start page";
    link.after(" ", note);
  }

  const list = document.querySelector("nav.ds-versions");
  const details = list && list.querySelector("details");
  if (!(list instanceof HTMLElement) || !details) return;
  const page = list.dataset.page || "index.html";

  details.addEventListener("toggle", () => {
    const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (details.querySelectorAll('a[rel="external"]'));
    for (const link of links) {
      if (location.protocol.startsWith("http") && link.origin === location.origin) void point(link, page);
    }
  }, { once: true });

  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    const summary = details.querySelector("summary");
    if (summary) summary.focus();
  });
})();
