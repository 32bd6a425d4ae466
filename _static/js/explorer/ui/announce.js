// @ts-check
// Tell a screen reader what has changed, and not more often than one can listen.

const PAUSE = 700; // milliseconds

/** @param {HTMLElement} region with aria-live */
export function createAnnouncer(region) {
  let timer = 0;
  return {
    /** @param {string} text the last of several is said */
    say(text) {
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        // The same words twice are not read out, so that a screen reader hears a copied link again.
        region.textContent = region.textContent === text ? `${text}\u00a0` : text;
      }, PAUSE);
    },
    destroy() {
      clearTimeout(timer);
      region.textContent = "";
    },
  };
}
