// @ts-check
/** Points as squares of whole pixels in an image of 32-bit colours. Pure. */

/** The smallest patch on the screen, CSS pixels, where there are many. */
export const SMALLEST = 1.5;

/** A few patches on a whole continent are to be found as well. @param {number} rows @returns {number} CSS pixels */
export function smallestOf(rows) {
  return rows < 2000 ? 6 : rows < 50_000 ? 3 : SMALLEST;
}

/** @typedef {{out: Uint32Array, width: number, height: number}} Image row-major device pixels, 0 is empty */
/** @typedef {{scale: number, dx: number, dy: number}} Transform device pixels = local * scale + d */

/**
 * Draw rows; one of the selection covers one outside it, whatever their order.
 * @param {Image} image @param {Float32Array} x local @param {Float32Array} y
 * @param {Uint16Array} state index into `lut`; 0 is outside the selection
 * @param {Uint32Array} lut colours; where the first one is 0, rows outside the selection are left out
 * @param {{start: Uint32Array, end: Uint32Array, width: Float64Array, height: Float64Array}} blocks
 * @param {Uint32Array} visible numbers of blocks @param {Transform} transform @param {number} smallest device pixels
 */
export function paintPoints(image, x, y, state, lut, blocks, visible, transform, smallest) {
  const { scale, dx, dy } = transform;
  for (const block of visible) {
    const across = pixels(blocks.width[block] * scale, smallest);
    const down = pixels(blocks.height[block] * scale, smallest);
    // Half a square to the left and above; truncation towards zero would draw -0.5 at 0.
    const [left, top] = [dx - across / 2 + 0.5, dy - down / 2 + 0.5];
    const rows = { start: blocks.start[block], end: blocks.end[block] };
    if (across === 2 && down === 2) paintFours(image, x, y, state, lut, rows, scale, left, top);
    else paintSquares(image, x, y, state, lut, rows, scale, left, top, across, down);
  }
}

/**
 * Where rows lie that all are two by two pixels: `rows` in the order in which they are painted, and the pixel of each,
 * of those that the image holds. Null where some are larger.
 * @typedef {{rows: Uint32Array, at: Int32Array}} Spots
 */

/**
 * @param {{width: number, height: number}} image @param {Float32Array} x @param {Float32Array} y
 * @param {Parameters<typeof paintPoints>[5]} blocks @param {Uint32Array} visible @param {Transform} transform
 * @param {number} smallest @returns {Spots | null}
 */
export function findSpots({ width, height }, x, y, blocks, visible, { scale, dx, dy }, smallest) {
  const two = (/** @type {number} */ size) => pixels(size * scale, smallest) === 2;
  if (!visible.every((block) => two(blocks.width[block]) && two(blocks.height[block]))) return null;
  const most = visible.reduce((sum, block) => sum + blocks.end[block] - blocks.start[block], 0);
  const [rows, at] = [new Uint32Array(most), new Int32Array(most)];
  const [left, top] = [dx - 0.5, dy - 0.5]; // as paintPoints has it
  let length = 0;
  for (const block of visible) {
    for (let row = blocks.start[block]; row < blocks.end[block]; row++) {
      const fx = x[row] * scale + left;
      const fy = y[row] * scale + top;
      if (!(fx >= 0 && fy >= 0 && fx < width - 1 && fy < height - 1)) continue;
      rows[length] = row;
      at[length++] = (fy | 0) * width + (fx | 0);
    }
  }
  return { rows: rows.subarray(0, length), at: at.subarray(0, length) };
}

/**
 * Paint the selected rows of spots, without a branch to guess wrong: the others go to a pixel that nobody sees.
 * @param {Uint32Array} out the image and, behind it, a row and two pixels that are not shown
 * @param {number} width of the image @param {Spots} spots @param {Uint16Array} state @param {Uint32Array} lut as in `paintPoints`
 */
export function paintSpots(out, width, { rows, at }, state, lut) {
  const unseen = out.length - width - 2;
  for (let number = 0; number < rows.length; number++) {
    const colour = state[rows[number]];
    const to = at[number] + ((unseen - at[number]) & ((colour - 1) >> 31));
    out[to] = out[to + 1] = out[to + width] = out[to + width + 1] = lut[colour];
  }
}

/** From this width on, device pixels, a line is left free between neighbours, also where they overlap a little. */
const APART = 6;

/** @param {number} size @param {number} smallest @returns {number} whole pixels */
function pixels(size, smallest) {
  return size >= APART ? Math.floor(size) - 1 : Math.max(1, Math.round(Math.max(size, smallest)));
}

/** Two by two pixels, by far the most frequent case, without a loop for each point.
 *  @param {Image} image @param {Float32Array} x @param {Float32Array} y @param {Uint16Array} state
 *  @param {Uint32Array} lut @param {{start: number, end: number}} rows @param {number} scale @param {number} left
 *  @param {number} top */
function paintFours({ out, width, height }, x, y, state, lut, { start, end }, scale, left, top) {
  const [right, bottom, faint] = [width - 1, height - 1, lut[0]];
  for (let row = start; row < end; row++) {
    const fx = x[row] * scale + left;
    const fy = y[row] * scale + top;
    if (!(fx >= 0 && fy >= 0 && fx < right && fy < bottom)) continue;
    const at = (fy | 0) * width + (fx | 0);
    const colour = state[row];
    if (colour) {
      out[at] = out[at + 1] = out[at + width] = out[at + width + 1] = lut[colour];
    } else if (faint) {
      if (!out[at]) out[at] = faint;
      if (!out[at + 1]) out[at + 1] = faint;
      if (!out[at + width]) out[at + width] = faint;
      if (!out[at + width + 1]) out[at + width + 1] = faint;
    }
  }
}

/** @param {Image} image @param {Float32Array} x @param {Float32Array} y @param {Uint16Array} state
 *  @param {Uint32Array} lut @param {{start: number, end: number}} rows @param {number} scale @param {number} left
 *  @param {number} top @param {number} across @param {number} down */
function paintSquares({ out, width, height }, x, y, state, lut, { start, end }, scale, left, top, across, down) {
  for (let row = start; row < end; row++) {
    const fx = Math.floor(x[row] * scale + left);
    const fy = Math.floor(y[row] * scale + top);
    if (!(fx > -across && fy > -down && fx < width && fy < height)) continue;
    const [from, to] = [Math.max(fx, 0), Math.min(fx + across, width)];
    const [first, last] = [Math.max(fy, 0), Math.min(fy + down, height)];
    const colour = lut[state[row]];
    if (!colour) continue;
    for (let line = first; line < last; line++) {
      const end_ = line * width + to;
      if (state[row]) out.fill(colour, line * width + from, end_);
      else for (let at = line * width + from; at < end_; at++) if (!out[at]) out[at] = colour;
    }
  }
}

/**
 * The colour of each row as an index: 0 outside the selection, 1 + code within, 1 + colours where the code is missing.
 * @param {Uint16Array} state filled @param {Uint8Array | null} mask 1 and 0; null: all rows
 * @param {ArrayLike<number> | null} codes @param {number} colours length of the palette
 */
export function fillState(state, mask, codes, colours) {
  if (!codes) {
    if (mask) state.set(mask);
    else state.fill(1);
    return;
  }
  for (let row = 0; row < state.length; row++) {
    const code = codes[row];
    state[row] = mask && !mask[row] ? 0 : 1 + (code < colours ? code : colours);
  }
}
