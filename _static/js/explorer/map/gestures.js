// @ts-check
/** Mouse, pen, touch and wheel on the map as a few plain moves. */

/** @typedef {[number, number]} Point CSS pixels from the top left of the element */
/**
 * @typedef {object} Moves
 * @property {(at: Point) => boolean} begin a drag begins; true when a tool takes it
 * @property {(at: Point) => void} draw the tool's drag goes on
 * @property {() => void} drop it ends
 * @property {() => void} cancel it is given up, because a second finger came
 * @property {(dx: number, dy: number) => void} pan
 * @property {(levels: number, at: Point) => void} zoom
 * @property {(at: Point | null) => void} hover of a mouse or pen; null when it leaves
 * @property {(at: Point, reach: number) => void} click `reach`: how far it may miss
 */

const REACH = { mouse: 6, touch: 16 };
const STILL = { mouse: 4, touch: 10 };

/** @param {HTMLElement} element @param {Moves} moves @returns {() => void} takes the listeners away */
export function listen(element, moves) {
  /** @type {Map<number, Point>} */
  const fingers = new Map();
  let [drawing, moved, pinched] = [false, false, false];
  /** @type {Point} */
  let began = [0, 0];

  const at = (/** @type {MouseEvent} */ event) => {
    const box = element.getBoundingClientRect();
    return /** @type {Point} */ ([event.clientX - box.left, event.clientY - box.top]);
  };
  const kind = (/** @type {PointerEvent} */ event) => (event.pointerType === "touch" ? "touch" : "mouse");
  const spread = () => {
    const [one, two] = [...fingers.values()];
    const middle = /** @type {Point} */ ([(one[0] + two[0]) / 2, (one[1] + two[1]) / 2]);
    return { middle, apart: Math.hypot(two[0] - one[0], two[1] - one[1]) };
  };

  /** @type {Record<string, (event: any) => void>} */
  const handlers = {
    pointerdown(event) {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, at(event));
      if (fingers.size === 1) {
        [began, moved, pinched] = [at(event), false, false];
        drawing = moves.begin(began);
      } else {
        if (drawing) moves.cancel();
        [drawing, pinched] = [false, true];
      }
    },
    pointermove(event) {
      const before = fingers.get(event.pointerId);
      const now = at(event);
      if (!before) return event.pointerType === "touch" ? undefined : moves.hover(now);
      if (fingers.size === 2) {
        const from = spread();
        fingers.set(event.pointerId, now);
        const to = spread();
        moves.pan(to.middle[0] - from.middle[0], to.middle[1] - from.middle[1]);
        if (from.apart > 0 && to.apart > 0) moves.zoom(Math.log2(to.apart / from.apart), to.middle);
        return;
      }
      if (!moved && Math.hypot(now[0] - began[0], now[1] - began[1]) < STILL[kind(event)]) return;
      moved = true;
      fingers.set(event.pointerId, now);
      if (drawing) moves.draw(now);
      else moves.pan(now[0] - before[0], now[1] - before[1]);
    },
    pointerup(event) {
      if (!fingers.delete(event.pointerId) || fingers.size) return;
      if (drawing) moved ? moves.drop() : moves.cancel();
      else if (!moved && !pinched) moves.click(at(event), REACH[kind(event)]);
      drawing = false;
    },
    pointercancel(event) {
      if (fingers.delete(event.pointerId) && drawing) moves.cancel();
      drawing = false;
    },
    pointerleave: () => moves.hover(null),
    wheel(event) {
      event.preventDefault();
      // A pinch on a touchpad comes as a wheel with Ctrl, in small steps; lines and pages are made pixels.
      const pixels = event.deltaY * [1, 33, 300][event.deltaMode];
      const levels = -pixels * (event.ctrlKey ? 0.012 : 0.004);
      if (levels) moves.zoom(Math.max(-1, Math.min(1, levels)), at(event));
    },
  };
  for (const [name, handler] of Object.entries(handlers)) element.addEventListener(name, handler, { passive: false });
  return () => {
    for (const [name, handler] of Object.entries(handlers)) element.removeEventListener(name, handler);
  };
}
