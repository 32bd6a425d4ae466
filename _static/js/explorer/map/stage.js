// @ts-check
/** The elements of a map: the part that has the focus with its canvases, the words on its keys, the buttons. */

/** @typedef {{name: string, keys: string, zoomIn: string, zoomOut: string, home: string}} Titles */
/** @typedef {ReturnType<typeof createStage>} Stage */

/** @type {Titles} */
const TITLES = {
  name: "Map of the patches",
  keys: "Arrow keys move the map, plus and minus zoom, 0 shows the whole data set, Enter opens the patch in the middle. "
    + "With the box or lasso tool, arrow keys move a crosshair, Enter sets a corner, Backspace takes it back, "
    + "Enter twice at one place closes a lasso, and Escape leaves the tool.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  home: "Show the whole data set",
};
let maps = 0;

/** @param {HTMLElement} host @param {Partial<Titles>} titles */
export function createStage(host, titles) {
  const text = { ...TITLES, ...titles };
  const root = element("div", "ds-x-map");
  const stage = element("div", "ds-x-map-stage");
  const keys = element("p", "ds-sr");
  keys.id = `ds-x-map-keys-${++maps}`;
  keys.textContent = text.keys;
  // An application: a screen reader's own arrow keys could not move the map. All it tells is in the list and tables too.
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "map");
  stage.setAttribute("aria-label", text.name);
  stage.setAttribute("aria-describedby", keys.id);
  stage.tabIndex = 0;
  const [ground, raster, marks] = [canvas(), canvas(), canvas()];
  stage.append(ground, raster, marks);
  const buttons = element("div", "ds-x-map-buttons");
  const button = (/** @type {string} */ sign, /** @type {string} */ name) => {
    const made = /** @type {HTMLButtonElement} */ (element("button", "ds-x-map-button"));
    made.type = "button";
    made.textContent = sign;
    made.setAttribute("aria-label", name);
    made.title = name;
    buttons.append(made);
    return made;
  };
  const made = { in: button("+", text.zoomIn), out: button("\u2212", text.zoomOut), home: button("\u2302", text.home) };
  root.append(stage, buttons, keys);
  host.append(root);

  return {
    root, stage, ground, raster, marks, buttons: made,
    /** @type {HTMLCanvasElement | null} */
    points: null,
    /** A canvas between cells and marks, made when points are first drawn by WebGL. */
    addPoints() {
      const added = canvas();
      raster.after(added);
      this.points = added;
      return added;
    },
    removePoints() {
      this.points?.remove();
      this.points = null;
    },
    /** @param {number} width CSS pixels @param {number} height @param {number} ratio */
    resize(width, height, ratio) {
      for (const one of [ground, raster, marks, this.points]) {
        if (!one) continue;
        one.width = Math.round(width * ratio);
        one.height = Math.round(height * ratio);
      }
    },
  };
}

/**
 * @param {Stage} stage @param {(width: number, height: number, ratio: number) => void} changed CSS pixels, and device
 *   pixels for each; called at once when the stage has a size @returns {() => void} stops it
 */
export function watchSize(stage, changed) {
  /** @type {MediaQueryList | null} */
  let density = null;
  const measure = () => {
    const { clientWidth: width, clientHeight: height } = stage.stage;
    const ratio = window.devicePixelRatio || 1;
    density?.removeEventListener("change", measure);
    density = matchMedia(`(resolution: ${ratio}dppx)`);
    density.addEventListener("change", measure);
    if (!width || !height) return;
    stage.resize(width, height, ratio);
    changed(width, height, ratio);
  };
  const observer = new ResizeObserver(measure);
  observer.observe(stage.stage);
  measure();
  return () => {
    observer.disconnect();
    density?.removeEventListener("change", measure);
  };
}

/** @param {string} name @param {string} className @returns {HTMLElement} */
function element(name, className) {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

function canvas() {
  const made = /** @type {HTMLCanvasElement} */ (element("canvas", "ds-x-map-canvas"));
  made.setAttribute("aria-hidden", "true");
  return made;
}
