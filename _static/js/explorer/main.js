// @ts-check
// Finds the elements of the page and wires the parts of the explorer; everything else lives in modules of its own.
import { openExplorer } from "./core/client.js";
import { fileLoader } from "./core/manifest.js";
import { createAnnouncer } from "./ui/announce.js";
import { createBar } from "./ui/bar.js";
import { createCopy } from "./ui/copy.js";
import { isEmpty, withRole } from "./ui/edit.js";
import { createFacets } from "./ui/facets.js";
import { said } from "./ui/format.js";
import { createMapPane } from "./ui/mappane.js";
import { createPairs } from "./ui/pairs.js";
import { showProblem } from "./ui/problem.js";
import { createParts } from "./ui/parts.js";
import { createShell } from "./ui/shell.js";
import { createStore } from "./ui/store.js";
import { createTheme } from "./ui/theme.js";

const PATIENCE = 100; // ms; from here on a reader would doubt that a click was noticed

const find = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(`ds-x-${id}`));
const [app, stage, wait] = [find("app"), find("stage"), find("wait")];

createTheme(find("theme"));
if (document.documentElement.classList.contains("ds-x-on")) begin();

function begin() {
  start().catch((error) => {
    wait.hidden = true;
    showProblem(stage, error, { what: "The patches could not be read", whole: true, onRetry: () => window.location.reload() });
  });
}

async function start() {
  const announcer = createAnnouncer(find("live"));
  const url = new URL(app.dataset.manifest, document.baseURI).href;
  const explorer = await openExplorer(url);
  const { manifest } = explorer;
  const problem = (/** @type {unknown} */ error, /** @type {string} */ what) => showProblem(stage, error, { what });
  const store = createStore(manifest, (unknown) => {
    queueMicrotask(() => problem(unknown.join("; "), "Part of this link does not fit the data set"));
  });
  const panes = { map: find("map"), gallery: find("gallery"), together: find("pairs") };
  const hasMap = Boolean(manifest.positions);
  const hasPictures = manifest.sprites.length > 0;
  // Where few patches have one, a reader who did not ask for pictures would see names in their place.
  const mostHave = manifest.sprites.some((/** @type {any} */ sheet) => 2 * sheet.count >= manifest.rows);
  const hasPairs = manifest.columns.some((/** @type {any} */ column) => column.name === "labels" && column.terms.length > 1);
  const fits = { map: hasMap, both: hasMap && hasPictures, gallery: true, together: hasPairs };
  const select = (/** @type {any} */ selection, how = {}) => store.set({ selection }, how);

  const bar = createBar(find("bar"), manifest, {
    fits, onSelect: select, onView: (view) => store.set({ view }), onFilters: () => shell.openFilters(bar.filters),
  });
  const facets = createFacets(find("filters"), manifest, {
    onSelect: select,
    onTool: (tool) => {
      shell.closeFilters(false);
      if (!shell.current().match(/map|both/)) store.set({ view: "map" });
      map?.chooseTool(tool);
    },
    onClose: () => shell.closeFilters(),
  });
  const parts = createParts({ find, explorer, store, problem, announcer, isSeen: (pane) => !panes[pane].hidden });
  const pairs = createPairs(panes.together, manifest, {
    onPick: (keys) => select(keys.reduce((now, key) => withRole(now, "labels", key, "all"), store.state.selection)),
  });
  const shell = createShell({ app, stage, panes, filters: find("filters") }, { hasMap, hasPictures, mostHave, onPanes: refresh });
  /** @type {any} */
  let result = null;
  /** @type {ReturnType<typeof createMapPane> | null} */
  let map = null;
  let waiting = 0;

  createCopy(find("copy"), announcer);
  parts.take();
  bar.update(store.state.selection, null);
  facets.update(store.state.selection, null);
  bar.showView(shell.show(store.state.view));
  store.subscribe(onState);
  window.matchMedia("(min-width: 64rem)").addEventListener("change", () => bar.showView(shell.current()));
  // The map needs nothing but positions, so it comes first; codes for the counts follow.
  if (hasMap) await showMap();
  wait.hidden = true;
  await count();
  app.dataset.ready = "";
  afterFrame("ds-x-ready");
  try {
    await explorer.loaded();
    performance.mark("ds-x-loaded");
    await explorer.warm();
  } catch {
    // Whoever needs a column is told what went wrong.
  }

  async function showMap() {
    const load = fileLoader(url);
    const [positions, basemap, { createMap }] = await Promise.all([
      explorer.positions(),
      manifest.basemap && load(manifest.basemap).then((bytes) => JSON.parse(new TextDecoder().decode(bytes))).catch((error) => {
        problem(error, "Land and borders could not be read; the patches are shown without");
        return null;
      }),
      import("./map/map.js"),
    ]);
    const { show, describe } = parts;
    map = createMapPane(panes.map, { explorer, store, positions, basemap, createMap, onOpen: show, describe, onProblem: problem });
    map.showState(store.state, null);
  }

  /** @param {any} state @param {any} before */
  function onState(state, before) {
    if (state.view !== before.view) bar.showView(shell.show(state.view));
    map?.showState(state, before);
    parts.showState(state, before);
    if (JSON.stringify(state.selection) === JSON.stringify(before.selection)) return;
    performance.mark("ds-x-change");
    // Mostly the counts are there sooner; what is drawn meanwhile would only keep them waiting.
    clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      bar.update(state.selection, null);
      facets.update(state.selection, result);
    }, PATIENCE);
    count();
  }

  async function count() {
    const { selection } = store.state;
    try {
      const found = await explorer.select(selection);
      if (!found) return; // a newer question is under way
      clearTimeout(waiting);
      result = found;
      bar.update(selection, found);
      facets.update(selection, found);
      map?.update(found);
      refresh();
      afterFrame("ds-x-updated");
      announcer.say(said(found.count, manifest.rows, !isEmpty(selection)));
    } catch (error) {
      clearTimeout(waiting);
      problem(error, "The patches could not be counted");
    }
  }

  function refresh() {
    if (!result) return;
    if (!panes.together.hidden) {
      pairs.update(result);
      // Without a filter the counts are those of the manifest, which has no pairs: they need the labels of all rows.
      if (!result.pairs) explorer.loaded().then(count, (/** @type {unknown} */ error) => problem(error, "The labels could not be read"));
    }
    parts.update(result);
  }
}

/** Mark when all that was asked for is drawn, as benchmarks and the tools of browsers read it. @param {string} name */
function afterFrame(name) {
  requestAnimationFrame(() => performance.mark(name)); // asked for after the map, so it comes after its drawing
}
