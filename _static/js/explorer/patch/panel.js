// @ts-check
/** The panel of one patch: what it is, where it lies, what lies beside it, and how to load it. */
import { indexOf } from "../gallery/place.js";
import { Pictures } from "../gallery/source.js";
import { el, fill } from "../ui/dom.js";
import { number } from "../ui/format.js";
import { errataSection } from "./errata.js";
import { createFrame } from "./frame.js";
import { minimap } from "./minimap.js";
import { largePicture } from "./picture.js";
import { issueAddress } from "./report.js";
import { factSection, fileSections, labelSection, section } from "./sections.js";
import { tiles } from "./tiles.js";

/**
 * @param {HTMLElement} host @param {any} explorer
 * @param {{onOpen: (id: string) => void, onClose?: () => void, onLab?: (id: string) => void, onCompare?: (a: string, b: string) => void,
 *   onSelect?: (selection: any) => void, getState?: () => any, announcer?: {say: (text: string) => void}}} how
 */
export function createPatchPanel(host, explorer, { onOpen, onClose, onLab, onCompare, onSelect, getState, announcer }) {
  const { manifest } = explorer;
  const pictures = new Pictures(explorer);
  const frame = createFrame(host, { onClose: () => close(true), onStep: step });
  let [turn, shown] = [0, ""];
  let row = -1;
  return { open, close, destroy };

  /** @param {string} id */
  async function open(id) {
    if (shown === id && frame.isOpen()) return;
    const mine = ++turn;
    shown = id;
    frame.open(id);
    frame.wait();
    try {
      const found = await explorer.find(id);
      if (mine !== turn) return;
      row = found;
      if (row < 0) return frame.fail(`This data set has no patch named ${id}. The link may be of another version.`);
      await show(id, mine);
    } catch (error) {
      if (mine === turn) frame.fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} id @param {number} mine */
  async function show(id, mine) {
    const [[about], detail, near, positions, basemap, rows] = await Promise.all([
      explorer.describe([row]), explorer.detail(row), manifest.positions ? explorer.near(row) : null,
      manifest.positions ? explorer.positions() : null, land(), explorer.page(0, manifest.rows),
    ]);
    const rendering = getState?.().show ?? null;
    const [picture, errata] = await Promise.all([largePicture(pictures, row, id, rendering), errataSection(explorer, pictures.load, id)]);
    const same = near?.same.length ? await tiles(explorer, pictures, near.same, { onOpen, rendering, say: when }) : null;
    const beside = near?.neighbours.length ? await tiles(explorer, pictures, near.neighbours, { onOpen, rendering, say: when }) : null;
    if (mine !== turn) return;
    const { files, nodes } = fileSections(explorer, detail);
    const place = positions && near ? minimap(explorer, positions, row, near, basemap) : null;
    frame.show([
      picture, errata, actions(id, about, files),
      labelSection(explorer, about.labels, (key) => onSelect?.({ filters: { labels: { any: [key] } } })),
      factSection(explorer, detail, about),
      place ? section("Place", place) : null,
      same ? section("The same place at other times or with other sensors", same) : null,
      beside ? section("Neighbours", beside) : null,
      ...nodes,
    ]);
    const at = indexOf(rows, row);
    frame.steps(at < 0 ? "Not in the selection" : `${number(at + 1)} of ${number(rows.length)}`, at > 0, at >= 0 && at < rows.length - 1);
    announcer?.say(`Patch ${id}`);
  }

  /** @param {any} about */
  function when(about) {
    return about.date ?? (Array.isArray(about.labels) && about.labels[0]) ?? about.id;
  }

  /** @param {string} id @param {any} about @param {string[]} files */
  function actions(id, about, files) {
    const link = new URL(`#patch=${encodeURIComponent(id)}`, document.baseURI.replace(/#.*$/, "")).href;
    const inLab = (/** @type {number} */ other) => Boolean(manifest.bands?.patches.some((/** @type {any} */ one) => one.row === other));
    const issue = issueAddress(manifest.repository, { title: manifest.title, fingerprint: manifest.fingerprint, id, link, labels: about.labels ?? [], files: files.slice(0, 3) });
    const other = inLab(row) ? manifest.bands.patches.find((/** @type {any} */ one) => one.row !== row) : null;
    const { similar } = /** @type {HTMLElement | null} */ (host.closest("[data-similar]"))?.dataset ?? {};
    return el("div", { class: "ds-x-tools" },
      el("a", { class: "ds-x-button", href: link }, "Permanent link"),
      similar ? el("a", { class: "ds-x-button", href: `${similar}#${new URLSearchParams({ patch: id })}` }, "Find similar patches") : null,
      inLab(row) && onLab ? el("button", { type: "button", class: "ds-x-button", onclick: () => onLab(id) }, "Open in the band lab") : null,
      other && onCompare ? el("button", { type: "button", class: "ds-x-button", onclick: async () => onCompare(id, (await explorer.describe([other.row]))[0].id) }, "Compare in the band lab") : null,
      issue ? el("a", { class: "ds-x-button", href: issue, target: "_blank", rel: "noopener noreferrer" }, "Report a problem with this patch") : null);
  }

  /** @param {-1 | 1} by */
  async function step(by) {
    const rows = await explorer.page(0, manifest.rows);
    const at = indexOf(rows, row);
    if (at < 0 || rows[at + by] === undefined) return;
    const [{ id }] = await explorer.describe([rows[at + by]]);
    onOpen(id);
  }

  /** The base map; a patch can be looked at without. @returns {Promise<any>} */
  async function land() {
    if (!manifest.basemap) return null;
    return pictures.load(manifest.basemap).then((bytes) => JSON.parse(new TextDecoder().decode(bytes)), () => null);
  }

  function close(tell = false) {
    if (!frame.isOpen()) return;
    turn += 1;
    shown = "";
    frame.close();
    if (tell) onClose?.();
  }

  function destroy() {
    turn += 1;
    frame.destroy();
    pictures.destroy();
    fill(host);
  }
}
