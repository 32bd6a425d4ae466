// @ts-check
// What was read from a file, as terms and values.
import { el } from "../../explorer/ui/dom.js";
import { degrees, number } from "../../explorer/ui/format.js";
import { lengthSaid, trimmed } from "../core/said.js";
/** @import {Raster} from "./types.js" */

/** @param {Raster} raster @returns {Node[]} */
export function factsOf({ name, whole, bands, dtype, gsd, crs, centre }) {
  const same = gsd && Math.abs(gsd[0] - gsd[1]) < 0.005 * gsd[0];
  const pixel = gsd && (same ? `${trimmed(gsd[0], 2)} m` : `${trimmed(gsd[0], 2)} \u00d7 ${trimmed(gsd[1], 2)} m`);
  /** @type {[string, string | null][]} */
  const facts = [
    ["File", name],
    ["Size", `${number(whole[0])} \u00d7 ${number(whole[1])} pixels, ${bands.length} ${bands.length === 1 ? "band" : "bands"}, ${dtype}`],
    ["Pixel", pixel],
    ["Ground", gsd && `${lengthSaid(whole[0] * gsd[0])} \u00d7 ${lengthSaid(whole[1] * gsd[1])}`],
    ["Coordinates", crs],
    ["Middle", centre && `${degrees(centre[1], "lat")}, ${degrees(centre[0], "lon")}`],
  ];
  return facts.flatMap(([term, value]) => (value ? [el("div", {}, el("dt", {}, term), el("dd", {}, value))] : []));
}
