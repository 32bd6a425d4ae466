// @ts-check
/** The box and lasso tools in screen coordinates, by pointer and by keyboard. Pure. */

/** @typedef {import("./types.js").ToolName} ToolName @typedef {[number, number]} Point CSS pixels */
/** @typedef {(name: "box" | "lasso", points: Point[]) => void} Done two corners, or the points of a ring */

/** A lasso drawn with fewer pixels across is a slip of the hand. */
const SLIP = 4;
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {{done: Done, changed: (name: ToolName) => void, redraw: () => void}} on */
export function createTools({ done, changed, redraw }) {
  /** @type {ToolName} */
  let name = "pan";
  /** @type {Point[]} */
  let points = [];
  /** @type {Point | null} */
  let cursor = null;

  function cancel() {
    points = [];
    redraw();
  }

  /** @param {ToolName} wanted */
  function choose(wanted) {
    if (wanted === name) return;
    name = wanted;
    cursor = null;
    cancel();
    changed(name);
  }

  function finish() {
    const [drawn, tool] = [points, name];
    cancel();
    const slip = drawn.every(([x, y]) => Math.hypot(x - drawn[0][0], y - drawn[0][1]) < SLIP);
    if (tool === "pan" || drawn.length < (tool === "box" ? 2 : 3) || slip) return;
    choose("pan");
    done(tool, drawn);
  }

  function confirm(/** @type {Point} */ at) {
    if (name === "box") {
      points.push([...at]);
      if (points.length === 2) finish();
    } else {
      const near = (/** @type {Point | undefined} */ one) => !!one && Math.hypot(one[0] - at[0], one[1] - at[1]) < 8;
      if (points.length > 2 && (near(points[points.length - 1]) || near(points[0]))) finish();
      else if (!near(points[points.length - 1])) points.push([...at]);
    }
    redraw();
  }

  return {
    choose,
    cancel,
    get name() {
      return name;
    },
    /** @returns {Point | null} the keyboard's crosshair */
    get cursor() {
      return cursor;
    },
    /** What to draw of the shape so far. @returns {{line: Point[], closed: boolean} | null} */
    get line() {
      const all = cursor && points.length ? [...points, cursor] : points;
      if (name !== "box" || all.length < 2) return all.length > 1 ? { line: all, closed: false } : null;
      const [[x1, y1], [x2, y2]] = [all[0], all[all.length - 1]];
      return { line: [[x1, y1], [x2, y1], [x2, y2], [x1, y2]], closed: true };
    },
    /** @param {Point} at @returns {boolean} whether the tool takes the drag that begins */
    begin(at) {
      if (name === "pan") return false;
      cursor = null;
      points = [at];
      return true;
    },
    /** @param {Point} at */
    drag(at) {
      if (name === "box") points = [points[0], at];
      else points.push(at);
      redraw();
    },
    drop: finish,
    /** @param {string} key @param {boolean} far whether Shift is held @param {number} width @param {number} height of the map
     *  @returns {boolean} whether the key was for the tool */
    key(key, far, width, height) {
      if (name === "pan") return false;
      cursor ??= [width / 2, height / 2];
      if (key in ARROWS) {
        const step = far ? 50 : 10;
        const [dx, dy] = ARROWS[key];
        cursor = [
          Math.max(0, Math.min(width, cursor[0] + dx * step)), Math.max(0, Math.min(height, cursor[1] + dy * step)),
        ];
        redraw();
      } else if (key === "Enter" || key === " ") confirm(cursor);
      else if (key === "Backspace") {
        points.pop();
        redraw();
      } else if (key === "Escape") choose("pan");
      else return false;
      return true;
    },
  };
}
