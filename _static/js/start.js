// @ts-check
// Runs as the body begins, before anything is painted: the reader's choice of light or dark, as the theme keeps it, and
// whether maps will come alive, so that their place is kept (map.js asks for the same).
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // A browser that keeps nothing: as the system has it.
  }
  document.body.dataset.theme = theme || "auto";
  if ("DecompressionStream" in window) document.documentElement.classList.add("ds-live");
})();
