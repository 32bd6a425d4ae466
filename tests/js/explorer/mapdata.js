/** Patches for the tests of the map: a square grid of one group whose polynomials are plain, and rows without footprint. */
import { worldX, worldY } from "../../../_static/js/explorer/map/mercator.js";

/**
 * `side` by `side` patches of 0.01 degrees around (lon, lat), then `lost` rows without a footprint.
 * Row r lies at column r % side from the west, line floor(r / side) from the north.
 */
export function patches(side = 4, { lon = 10, lat = 50, lost = 0 } = {}) {
  const rows = side * side;
  const all = rows + lost;
  const centre = [worldX(lon), worldY(lat)];
  const [x, y] = [new Float32Array(all).fill(NaN), new Float32Array(all).fill(NaN)];
  const [gx, gy] = [new Int32Array(all), new Int32Array(all)];
  for (let row = 0; row < rows; row++) {
    gx[row] = row % side;
    gy[row] = side - 1 - Math.floor(row / side);
    const at = worldX(lon + 0.01 * (gx[row] - (side - 1) / 2)) - centre[0];
    x[row] = at - Math.round(at);
    y[row] = worldY(lat + 0.01 * (gy[row] - (side - 1) / 2)) - centre[1];
  }
  const group = new Uint16Array(all).fill(1);
  group.fill(0, 0, rows);
  const middle = (side - 1) / 2;
  const metres = 0.01 * 111320 * Math.cos((lat * Math.PI) / 180);
  const grid = {
    rows, scale: [1, -middle, 1, -middle], size: [1, 1], metres: [metres, 1112],
    lon: [lon, 0.01, 0, 0, 0, 0, 0, 0, 0, 0], lat: [lat, 0, 0.01, 0, 0, 0, 0, 0, 0, 0],
  };
  return { x, y, gx, gy, group, centre, groups: lost ? [grid, { rows: lost, none: true }] : [grid] };
}
