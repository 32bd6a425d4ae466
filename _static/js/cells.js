// @ts-check
/**
 * Cells of grids in UTM zones: from a compressed bitmap to outlines in degrees.
 *
 * A classic script, because a browser loads no module from file://. All but `inflate` is pure.
 */
(function () {
  "use strict";

  /** @typedef {[number, number]} Pair */
  /** @typedef {[number, number, number, number, number, number, number, string]} Cells zone, size, corner, extent, bits */

  const SIDE = 5000; // m; a side of this length, straight in degrees, is off by less than 3 m

  /**
   * Make one byte of each bit.
   * @param {Uint8Array} packed the highest bit of a byte first
   * @param {number} count
   */
  function unpack(packed, count) {
    if (packed.length < Math.ceil(count / 8)) throw new RangeError(`${packed.length} bytes hold no ${count} cells`);
    const bits = new Uint8Array(count);
    for (let index = 0; index < count; index++) bits[index] = (packed[index >> 3] >> (7 - (index & 7))) & 1;
    return bits;
  }

  /**
   * Follow the edges that have a cell on their left and none on their right.
   * @param {Uint8Array} bits row by row from the south
   * @param {number} columns @param {number} rows
   * @returns {Pair[][]} corners of rings: counterclockwise around cells, clockwise around holes
   */
  function outlines(bits, columns, rows) {
    const has = (/** @type {number} */ x, /** @type {number} */ y) =>
      x >= 0 && y >= 0 && x < columns && y < rows && bits[y * columns + x] === 1;
    const followed = new Uint8Array(columns * rows); // cells whose southern edge is part of a ring
    const rings = [];
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const cell = y * columns + x;
        if (bits[cell] && !followed[cell] && !has(x, y - 1)) rings.push(follow(has, followed, columns, x, y));
      }
    }
    return rings;
  }

  /**
   * @param {(x: number, y: number) => boolean} has @param {Uint8Array} followed @param {number} columns
   * @param {number} startX @param {number} startY corner whose edge to the east is followed first
   * @returns {Pair[]}
   */
  function follow(has, followed, columns, startX, startY) {
    let [x, y, dx, dy] = [startX, startY, 1, 0];
    /** @type {Pair[]} */
    const ring = [];
    do {
      if (dx === 1) followed[y * columns + x] = 1;
      x += dx;
      y += dy;
      // The cells ahead, to the left and to the right; corner (x, y) is the lower left one of cell (x, y).
      const left = has(x + (dx - dy - 1) / 2, y + (dx + dy - 1) / 2);
      const right = has(x + (dx + dy - 1) / 2, y + (dy - dx - 1) / 2);
      if (left && !right) continue;
      ring.push([x, y]);
      [dx, dy] = left ? [dy, -dx] : [-dy, dx];
    } while (x !== startX || y !== startY || dx !== 1);
    return ring;
  }

  // WGS 84, and the series of Krueger (1912) in the third flattening n, good to a millimetre within a zone; the
  // coefficients are those of Karney (2011), Journal of Geodesy 85, equations 14, 36 and (of the latitude) 35.
  const FLATTENING = 1 / 298.257223563;
  const N = FLATTENING / (2 - FLATTENING);
  const RADIUS = (6378137 / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64) * 0.9996;
  const BETA = [N / 2 - (2 * N ** 2) / 3 + (37 * N ** 3) / 96, N ** 2 / 48 + N ** 3 / 15, (17 * N ** 3) / 480];
  const DELTA = [2 * N - (2 * N ** 2) / 3 - 2 * N ** 3, (7 * N ** 2) / 3 - (8 * N ** 3) / 5, (56 * N ** 3) / 15];

  /**
   * @param {number} zone 1 to 60, negative in the southern hemisphere
   * @param {number} easting @param {number} northing m
   * @returns {Pair} latitude and longitude in degrees
   */
  function degrees(zone, easting, northing) {
    const xi = (northing - (zone < 0 ? 10000000 : 0)) / RADIUS;
    const eta = (easting - 500000) / RADIUS;
    let [north, east] = [xi, eta];
    BETA.forEach((beta, index) => {
      const twice = 2 * (index + 1);
      north -= beta * Math.sin(twice * xi) * Math.cosh(twice * eta);
      east -= beta * Math.cos(twice * xi) * Math.sinh(twice * eta);
    });
    const conformal = Math.asin(Math.sin(north) / Math.cosh(east));
    let latitude = conformal;
    DELTA.forEach((delta, index) => (latitude += delta * Math.sin(2 * (index + 1) * conformal)));
    const longitude = Math.atan2(Math.sinh(east), Math.cos(north));
    return [(latitude * 180) / Math.PI, (longitude * 180) / Math.PI + 6 * Math.abs(zone) - 183];
  }

  /**
   * Bring rings to degrees, with more corners on long sides.
   * @param {Pair[][]} rings columns and rows
   * @param {Cells} cells
   * @param {number | null} seam longitude west of which everything moves by 360 degrees
   * @returns {Pair[][]} latitudes and longitudes
   */
  function onEarth(rings, [zone, width, height, easting, northing], seam) {
    const place = (/** @type {number} */ x, /** @type {number} */ y) =>
      degrees(zone, easting + x * width, northing + y * height);
    return rings.map((ring) => {
      // Longitudes run on across 180 degrees, so that a ring moves as a whole.
      const turn = seam !== null && place(...ring[0])[1] < seam ? 360 : 0;
      return ring.flatMap(([x, y], index) => {
        const [nextX, nextY] = ring[(index + 1) % ring.length];
        const parts = Math.ceil(Math.max(Math.abs(nextX - x) * width, Math.abs(nextY - y) * height) / SIDE);
        return Array.from({ length: parts }, (_, part) => {
          const [lat, lon] = place(x + ((nextX - x) * part) / parts, y + ((nextY - y) * part) / parts);
          return /** @type {Pair} */ ([lat, lon + turn]);
        });
      });
    });
  }

  /** @param {string} base64 @returns {Promise<Uint8Array>} */
  async function inflate(base64) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /**
   * @param {Cells[]} all @param {number | null} seam
   * @returns {Promise<Pair[][]>} rings of latitudes and longitudes
   */
  async function cellRings(all, seam) {
    const found = await Promise.all(
      all.map(async (cells) => {
        const [columns, rows] = [cells[5], cells[6]];
        return onEarth(outlines(unpack(await inflate(cells[7]), columns * rows), columns, rows), cells, seam);
      }),
    );
    return found.flat();
  }

  if (typeof module !== "undefined") module.exports = { unpack, outlines, degrees, onEarth, cellRings };
  else /** @type {any} */ (window).dsdocsCellRings = cellRings;
})();
