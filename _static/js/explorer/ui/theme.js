// @ts-check
// Light, dark, or as the system has it: the same names and the same memory as the pages of the guide.

const NEXT = { light: ["auto", "light", "dark"], dark: ["auto", "dark", "light"] }; // by what the system has
const SAID = { auto: "as the system", light: "light", dark: "dark" };

/** @param {HTMLButtonElement} button */
export function createTheme(button) {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const name = () => /** @type {keyof typeof SAID} */ (document.body.dataset.theme || "auto");
  const shown = () => (name() === "auto" ? (system.matches ? "dark" : "light") : name());
  const tell = () => {
    button.setAttribute("aria-label", `Theme: ${SAID[name()] ?? name()}`);
    button.title = `Theme: ${SAID[name()] ?? name()}`;
    window.dispatchEvent(new CustomEvent("ds-theme", { detail: shown() }));
  };
  const onClick = () => {
    const order = NEXT[system.matches ? "dark" : "light"];
    const next = order[(order.indexOf(name()) + 1) % order.length];
    document.body.dataset.theme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // Without storage the theme lasts as long as the page.
    }
    tell();
  };
  button.addEventListener("click", onClick);
  system.addEventListener("change", tell);
  tell();
  return {
    destroy() {
      button.removeEventListener("click", onClick);
      system.removeEventListener("change", tell);
    },
  };
}
