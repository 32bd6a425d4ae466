// @ts-check
// Reads one GeoTIFF, away from the page.
import { readTiff } from "./tiff.js";
import { InputError } from "./types.js";

/** @type {any} */
const scope = self;

scope.onmessage = async (/** @type {MessageEvent} */ { data: { file, name, ground } }) => {
  try {
    await import(new URL("../../../vendor/geotiff/geotiff.js", import.meta.url).href); // a classic script: it sets a global
    const raster = await readTiff(scope.GeoTIFF, file, name, ground);
    scope.postMessage({ raster }, [...raster.bands.map(({ values }) => values.buffer), ...(raster.mask ? [raster.mask.buffer] : [])]);
  } catch (error) {
    const said = error instanceof InputError ? error.message : `${name} could not be read as a GeoTIFF; it may be cut off or broken (${error instanceof Error ? error.message : error}).`;
    scope.postMessage({ error: said });
  }
};
