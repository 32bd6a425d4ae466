import assert from "node:assert/strict";
import test from "node:test";
import { deflateSync } from "node:zlib";
import { classic } from "./classic.js";

const { unpack, outlines, degrees, onEarth, cellRings } = classic("cells.js");

// Zone, easting, northing, and what PROJ 9 makes of them: latitude and longitude.
const PROJ = [
  [33, 399960, 5900040, 53.240200815, 13.500940412],
  [33, 500000, 5000000, 45.153477183, 15.000000000],
  [29, 699960, 4200000, 37.925590547, -6.724926539],
  [35, 300000, 7700040, 69.335137835, 21.916868269],
  [-1, 180000, 8100040, -17.162032041, -180.007745554],
  [60, 820000, 1000020, 9.035191218, 179.910450697],
  [-33, 250000, 1200000, -79.040590880, 3.142107267],
];

/** @param {string[]} lines the northern row first, # is a cell */
function field(...lines) {
  const columns = lines[0].length;
  const bits = Uint8Array.from([...lines].reverse().join(""), (letter) => (letter === "#" ? 1 : 0));
  return /** @type {const} */ ([bits, columns, lines.length]);
}

/** @param {number[][]} ring @returns {number} shoelace formula; positive when counterclockwise */
function area(ring) {
  return ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}

test("bits are read from the highest one of each byte", () => {
  assert.deepEqual([...unpack(Uint8Array.of(0b10100000, 0b01000000), 10)], [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
  assert.throws(() => unpack(Uint8Array.of(0), 9), RangeError);
});

test("a cell has four corners, and joined cells have none on their straight sides", () => {
  assert.deepEqual(outlines(...field("#")), [[[1, 0], [1, 1], [0, 1], [0, 0]]]);
  assert.deepEqual(outlines(...field(".##.")), [[[3, 0], [3, 1], [1, 1], [1, 0]]]);
});

test("holes run clockwise, and areas add up", () => {
  const rings = outlines(...field("#####", "#.#.#", "#####"));
  assert.deepEqual(rings.map(area), [15, -1, -1]);
});

test("cells that touch in a corner keep their own rings", () => {
  assert.deepEqual(outlines(...field("#.", ".#")).map(area), [1, 1]);
});

test("areas of random fields are their numbers of cells", () => {
  let state = 1;
  for (let turn = 0; turn < 50; turn++) {
    const bits = Uint8Array.from({ length: 63 }, () => (state = (state * 48271) % 2147483647) & 1);
    const total = outlines(bits, 9, 7).map(area).reduce((one, other) => one + other, 0);
    assert.equal(total, bits.reduce((one, other) => one + other, 0));
  }
});

test("places agree with PROJ to a millimetre", () => {
  for (const [zone, easting, northing, lat, lon] of PROJ) {
    const [foundLat, foundLon] = degrees(zone, easting, northing);
    assert.ok(Math.abs(foundLat - lat) < 1e-8, `${foundLat} is not ${lat}`);
    assert.ok(Math.abs(foundLon - lon) < 2e-8, `${foundLon} is not ${lon}`);
  }
});

test("long sides get corners in between, and rings west of the seam move as a whole", () => {
  const square = [[1, 0], [1, 1], [0, 1], [0, 0]];
  const cells = [1, 12000, 1200, 170000, 7000000, 1, 1, ""];
  const [ring] = onEarth([square], cells, null);
  assert.equal(ring.length, 8);
  const [moved] = onEarth([square], cells, 0);
  moved.forEach(([, lon], index) => assert.ok(Math.abs(lon - 360 - ring[index][1]) < 1e-9));
});

test("a compressed bitmap becomes rings", async () => {
  const bits = deflateSync(Uint8Array.of(0b11110000)).toString("base64");
  const rings = await cellRings([[33, 1200, 1200, 500000, 5000000, 2, 2, bits]], null);
  assert.equal(rings.length, 1);
  assert.equal(rings[0].length, 4);
});
