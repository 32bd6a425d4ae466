// @ts-check
// Which panes are seen, and the drawer of filters where the window is narrow.

const WIDE = "(min-width: 64rem)"; // map and pictures side by side
const ROOMY = "(min-width: 52rem)"; // filters beside them; the style sheet has the same number

/**
 * @param {{app: HTMLElement, stage: HTMLElement, panes: Record<string, HTMLElement>, filters: HTMLElement}} parts
 * @param {{hasMap: boolean, hasPictures: boolean, mostHave: boolean, onPanes: (panes: Set<string>) => void}} how
 */
export function createShell({ app, stage, panes, filters }, { hasMap, hasPictures, mostHave, onPanes }) {
  const wide = window.matchMedia(WIDE);
  const roomy = window.matchMedia(ROOMY);
  /** @type {string | null} */
  let wanted = null;
  /** @type {HTMLElement | null} */
  let opener = null;
  const onWide = () => show(wanted);
  const onRoomy = () => closeFilters(false);
  wide.addEventListener("change", onWide);
  roomy.addEventListener("change", onRoomy);
  filters.addEventListener("keydown", onKey);
  app.addEventListener("click", onOutside);
  return { show, openFilters, closeFilters, current, destroy };

  /** @returns {string} the view that is shown where the reader has chosen none, or one that does not fit */
  function current() {
    const usual = !hasMap ? "gallery" : wide.matches && mostHave ? "both" : "map";
    if (wanted === "both" && !(wide.matches && hasMap && hasPictures)) return usual;
    if ((wanted === "map" && !hasMap) || (wanted === "gallery" && !hasPictures && hasMap)) return usual;
    return wanted ?? usual;
  }

  /** @param {string | null | undefined} view */
  function show(view) {
    wanted = view ?? null;
    const name = current();
    const seen = new Set(name === "both" ? ["map", "gallery"] : [name]);
    stage.dataset.view = name;
    for (const [pane, node] of Object.entries(panes)) node.hidden = !seen.has(pane);
    onPanes(seen);
    return name;
  }

  /** @param {HTMLElement} from */
  function openFilters(from) {
    opener = from;
    app.classList.add("ds-x-drawer");
    from.setAttribute("aria-expanded", "true");
    /** @type {HTMLElement | null} */ (filters.querySelector("button, input"))?.focus();
  }

  function closeFilters(back = true) {
    if (!app.classList.contains("ds-x-drawer")) return;
    app.classList.remove("ds-x-drawer");
    opener?.setAttribute("aria-expanded", "false");
    if (back) opener?.focus();
  }

  /** Stay in the drawer while it covers the page. @param {KeyboardEvent} event */
  function onKey(event) {
    if (!app.classList.contains("ds-x-drawer")) return;
    if (event.key === "Escape") return closeFilters();
    if (event.key !== "Tab") return;
    const stops = Array.from(filters.querySelectorAll("button, input, select")).filter((node) => node instanceof HTMLElement && node.offsetParent);
    const [first, last] = [stops[0], stops[stops.length - 1]];
    if (document.activeElement === (event.shiftKey ? first : last)) {
      event.preventDefault();
      /** @type {HTMLElement} */ (event.shiftKey ? last : first).focus();
    }
  }

  /** @param {Event} event */
  function onOutside(event) {
    if (event.target === app) closeFilters(); // the shade beside the drawer belongs to the frame
  }

  function destroy() {
    wide.removeEventListener("change", onWide);
    roomy.removeEventListener("change", onRoomy);
    filters.removeEventListener("keydown", onKey);
    app.removeEventListener("click", onOutside);
  }
}
