// @ts-check
/** The colours of the page's tokens as the map needs them, and word of a change of the theme. */

/** @typedef {{css: (name: string) => string, rgba: (name: string) => number[]}} Theme
 *   a token's name (--ds-...) or any CSS colour, as CSS and as four bytes */

/** @param {HTMLElement} host @returns {Theme} colours as they are now */
export function readTheme(host) {
  const style = getComputedStyle(host);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  /** @type {Map<string, number[]>} */
  const known = new Map();
  /** Asking the browser makes it work out the styles of the whole page, so each token is asked for once. @type {Map<string, string>} */
  const tokens = new Map();
  const css = (/** @type {string} */ name) => {
    const token = name.startsWith("var(") ? name.slice(4, -1).trim() : name;
    if (!token.startsWith("--")) return token;
    const known = tokens.get(token) ?? (style.getPropertyValue(token).trim() || style.color);
    tokens.set(token, known);
    return known;
  };
  return {
    css,
    rgba(name) {
      const colour = css(name);
      const found = known.get(colour);
      if (found) return found;
      // Painted, not parsed: it knows every colour that CSS knows.
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const bytes = [...context.getImageData(0, 0, 1, 1).data];
      known.set(colour, bytes);
      return bytes;
    },
  };
}

/**
 * @param {() => void} changed called when the theme may have changed
 * @returns {() => void} stops it
 */
export function watchTheme(changed) {
  const observer = new MutationObserver(changed);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter: ["data-theme", "class", "style"] });
  }
  const media = [matchMedia("(prefers-color-scheme: dark)"), matchMedia("(forced-colors: active)")];
  for (const query of media) query.addEventListener("change", changed);
  // The page's own switch says so too, after it has set what the style sheets look at.
  window.addEventListener("ds-theme", changed);
  return () => {
    observer.disconnect();
    window.removeEventListener("ds-theme", changed);
    for (const query of media) query.removeEventListener("change", changed);
  };
}
