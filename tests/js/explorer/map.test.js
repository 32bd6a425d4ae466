import assert from "node:assert/strict";
import test from "node:test";
import { AROUND, latOf, LIMIT, lonOf, normalLon, worldLength, worldX, worldY } from "../../../_static/js/explorer/map/mercator.js";
import { metresPerPixel, scaleBar } from "../../../_static/js/explorer/map/scale.js";
import { seamOf, unwrapped } from "../../../_static/js/explorer/map/seam.js";
import {
  between, clamped, extentBounds, fitted, panned, placeOf, toScreen, toWorld, viewAt, zoomedAround,
} from "../../../_static/js/explorer/map/view.js";

const near = (found, wanted, within = 1e-9) => assert.ok(Math.abs(found - wanted) <= within, `${found} is not ${wanted}`);
const VIEW = { x: 0.53, y: 0.34, zoom: 7.3, width: 800, height: 600 };

test("Web Mercator has its known values", () => {
  assert.deepEqual([worldX(-180), worldX(0), worldX(180)], [0, 0.5, 1]);
  near(worldY(0), 0.5);
  near(worldY(LIMIT), 0);
  near(worldY(89), 0); // beyond the square
  // EPSG:3857 of 45 degrees north is 5621521.486 m.
  near((0.5 - worldY(45)) * AROUND, 5621521.486, 1e-3);
  near(worldLength(1200, 60) * AROUND, 2400, 1e-6);
});

test("degrees survive the way to the world and back", () => {
  for (let lat = -85; lat <= 85; lat += 8.5) near(latOf(worldY(lat)), lat);
  for (let lon = -180; lon <= 180; lon += 22.5) near(lonOf(worldX(lon)), lon);
  assert.deepEqual([180, 181, -181, 540, -180].map(normalLon), [180, -179, 179, -180, -180]);
});

test("screen and world are inverse, and what is zoomed around stays", () => {
  const [x, y] = toWorld(VIEW, 123, 456);
  const [px, py] = toScreen(VIEW, x, y);
  near(px, 123, 1e-6);
  near(py, 456, 1e-6);
  const [zx, zy] = toScreen(zoomedAround(VIEW, 9.9, 123, 456), x, y);
  near(zx, 123, 1e-6);
  near(zy, 456, 1e-6);
  const [dx, dy] = toScreen(panned(VIEW, 30, -20), x, y);
  near(dx, 153, 1e-6);
  near(dy, 436, 1e-6);
});

test("an extent fits with its padding, also across 180 degrees", () => {
  const view = fitted(VIEW, extentBounds([170, -20, -170, 20]), { padding: 50 });
  const place = placeOf(view);
  near(Math.abs(place.lon), 180);
  near(place.lat, 0);
  const [left] = toScreen(view, worldX(170), 0.5);
  const [right] = toScreen(view, worldX(190), 0.5);
  const [, top] = toScreen(view, 1, worldY(20));
  assert.ok(left >= 50 - 1e-6 && right <= 750 + 1e-6 && top >= 50 - 1e-6);
  near(Math.min(left - 50, top - 50), 0, 1e-6);
});

test("one point fits at a zoom that shows what is around it", () => {
  assert.equal(fitted(VIEW, { west: 0.5, east: 0.5, north: 0.3, south: 0.3 }).zoom, 14);
});

test("a view stays within its limits", () => {
  const limits = { bounds: { west: 0.4, east: 0.6, north: 0.3, south: 0.4 }, minZoom: 2, maxZoom: 18 };
  const { x, y, zoom } = clamped({ ...VIEW, x: 0.9, y: 0.1, zoom: 25 }, limits);
  assert.deepEqual([x, y, zoom], [0.6, 0.3, 18]);
});

test("a place is taken in the turn of the globe that the data is shown in", () => {
  near(viewAt(VIEW, { lon: -179, lat: 0, zoom: 5 }, 1.01).x, worldX(181));
  near(viewAt(VIEW, { lon: -179, lat: 0, zoom: 5 }, 0.2).x, worldX(-179));
  near(placeOf(viewAt(VIEW, { lon: -179, lat: 10, zoom: 5 }, 1.01)).lon, -179);
});

test("a slide ends where it should and keeps a point zoomed around in place", () => {
  const to = zoomedAround(VIEW, 10, 600, 100);
  assert.equal(between(VIEW, to, 1), to);
  const [x, y] = toWorld(VIEW, 600, 100);
  const [px, py] = toScreen(between(VIEW, to, 0.4), x, y);
  near(px, 600, 1e-6);
  near(py, 100, 1e-6);
  near(between(VIEW, panned(VIEW, 100, 0), 0.5).x, panned(VIEW, 50, 0).x);
});

test("data across 180 degrees is cut at its widest gap, other data is not", () => {
  const lons = [175, 178, -179, -170];
  const x = Float32Array.from(lons, (lon) => worldX(lon) - 0.5);
  const seam = seamOf(x, 0.5);
  assert.ok(seam !== null && seam > worldX(-170) && seam < worldX(175));
  const shown = unwrapped(x, 0.5, seam);
  assert.ok(Math.max(...shown) - Math.min(...shown) < 20 / 360);
  assert.equal(seamOf(Float32Array.from([-10, 5, 30], (lon) => worldX(lon) - 0.5), 0.5), null);
  assert.equal(seamOf(Float32Array.from([NaN, NaN]), 0.5), null);
  assert.equal(seamOf(new Float32Array(), 0.5), null);
});

test("data that is already put together across 180 degrees stays together", () => {
  const x = Float32Array.from([-0.02, 0.01, NaN]);
  const shown = unwrapped(x, 1, seamOf(x, 1));
  near(shown[1] - shown[0], 0.03, 1e-6);
  assert.ok(Number.isNaN(shown[2]));
  assert.equal(unwrapped(x, 1, null), x);
});

test("the scale bar is a round length that fits", () => {
  for (const metres of [0.3, 1.7, 38, 611, 4000, 50000]) {
    const { pixels, text } = scaleBar(metres);
    assert.ok(pixels <= 110 && pixels > 40, text);
    assert.match(text, /^(?:[125]0{0,3}|[125],000|0\.[125]) k?m$/);
  }
  assert.equal(scaleBar(20).text, "2 km");
  assert.equal(scaleBar(39e3).text, "2,000 km");
  near(metresPerPixel(0, 0.5), 156543.034, 1e-3);
});
