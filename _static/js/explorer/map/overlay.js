// @ts-check
/** What lies above the patches: rings around patches, the shapes of the selection, a tool in use, the crosshair. */
import { worldPixels } from "./mercator.js";
import { fillCorners, hasGrid } from "./quads.js";
import { extentBounds, toScreen } from "./view.js";

/** @typedef {import("./types.js").View} View @typedef {import("./model.js").Model} Model */
/** @typedef {[number, number][]} Line CSS pixels */
/**
 * @typedef {{rings: {row: number | null, strong: boolean}[], shape: import("./types.js").Shape,
 *   tool: {line: Line, closed: boolean} | null, cross: number[] | null}} Marks
 */

const LEAST_RING = 7;

/** @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio @param {Model} model
 *  @param {Marks} marks @param {(name: string) => string} css */
export function drawMarks(context, view, ratio, model, marks, css) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const [accent, paper] = [css("--ds-accent"), css("--ds-paper")];

  /** A line that is seen on any ground. @param {() => void} trace @param {number} width @param {number[]} [dash] */
  const stroke = (trace, width, dash = []) => {
    for (const below of [true, false]) {
      context.beginPath();
      trace();
      context.strokeStyle = below ? paper : accent;
      context.lineWidth = below ? width + 2 : width;
      context.setLineDash(below ? [] : dash);
      context.stroke();
    }
  };
  const trace = (/** @type {Line} */ line, /** @type {boolean} */ closed) => () => {
    line.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (closed) context.closePath();
  };
  for (const line of shapeLines(view, model, marks.shape)) stroke(trace(line, true), 1.5, [6, 4]);
  if (marks.tool && marks.tool.line.length > 1) {
    const { line, closed } = marks.tool;
    context.beginPath();
    trace(line, true)();
    context.globalAlpha = 0.15;
    context.fillStyle = accent;
    context.fill("evenodd");
    context.globalAlpha = 1;
    stroke(trace(line, closed), 1.5);
  }
  for (const { row, strong } of marks.rings) {
    if (row === null) continue;
    const outline = footprint(view, model, row);
    const spot = model.spot(row);
    if (outline) stroke(trace(outline, true), strong ? 3 : 2);
    else if (spot) {
      const [x, y] = toScreen(view, spot[0], spot[1]);
      stroke(() => context.arc(x, y, LEAST_RING, 0, 2 * Math.PI), strong ? 2.5 : 1.5);
    }
  }
  if (marks.cross) {
    const [x, y] = marks.cross;
    stroke(() => {
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + 3 * dx, y + 3 * dy);
        context.lineTo(x + 11 * dx, y + 11 * dy);
      }
    }, 1.5);
  }
}

/** The true footprint where it is wide enough to be seen. @param {View} view @param {Model} model @param {number} row
 *  @returns {Line | null} */
function footprint(view, model, row) {
  const { groups, group, gx, gy } = model.positions;
  const grid = groups[group[row]];
  const spot = model.spot(row);
  const corners = new Float64Array(8);
  if (!spot || !hasGrid(grid)) return null;
  fillCorners(grid, gx[row], gy[row], spot[0], corners);
  if (Math.abs(corners[2] - corners[0]) * worldPixels(view.zoom) < LEAST_RING) return null;
  return [0, 2, 4, 6].map((at) => toScreen(view, corners[at], corners[at + 1]));
}

/** @param {View} view @param {Model} model @param {import("./types.js").Shape} shape @returns {Line[]} */
function shapeLines(view, model, { box, lasso }) {
  /** @type {Line[]} */
  const lines = [];
  if (box) {
    const { west, east, north, south } = extentBounds(box, model.place);
    lines.push([[west, north], [east, north], [east, south], [west, south]].map(([x, y]) => toScreen(view, x, y)));
  }
  if (lasso) lines.push(lasso.map(([lon, lat]) => toScreen(view, ...model.place(lon, lat))));
  return lines;
}
