// @ts-check
// The retrieval demo, as the frame of the page starts it: wires its parts; each lives in a module of its own.
import { openExplorer } from "../../explorer/core/client.js";
import { Pictures } from "../../explorer/gallery/source.js";
import { isEmpty } from "../../explorer/ui/edit.js";
import { counted } from "../../explorer/ui/format.js";
import { openRetrieval } from "../search/client.js";
import { createAsked } from "./asked.js";
import { beginnings } from "./begin.js";
import { createChoices } from "./choices.js";
import { agreement } from "./common.js";
import { createFrame } from "./frame.js";
import { createMarks } from "./marks.js";
import { createOnly } from "./only.js";
import { createOwn } from "./own.js";
import { createPicker } from "./picker.js";
import { createQuery } from "./query.js";
import { createResults } from "./results.js";
import { AskError, createSession } from "./session.js";
import { createStepList } from "./steplist.js";

/** @param {HTMLElement} stage @param {import("../core/host.js").Context} context */
export async function mount(stage, { manifest: address, explorer: explorerAddress, progress, say, problem }) {
  progress("Reading the index");
  const [explorer, retrieval] = await Promise.all([openExplorer(explorerAddress), openRetrieval(address)]);
  const { manifest } = explorer;
  if (retrieval.manifest.fingerprint !== manifest.fingerprint) throw new Error("The index and the patches are of different builds; load the page again.");
  if (!retrieval.manifest.encoders.length) throw new Error("No patch of this data set has pixels that could be described.");
  const session = createSession(explorer, retrieval);
  const pictures = new Pictures(explorer);
  const frame = createFrame(stage);
  const links = {
    explorerLink: (/** @type {string} */ id) => `${new URL("explorer.html", document.baseURI).href}#${new URLSearchParams({ patch: id })}`,
  };
  /** A file of the reader, until a patch is chosen. @type {{pixels: Float32Array, name: string, preview: HTMLCanvasElement | null} | null} */
  let file = null;
  /** @type {import("./session.js").Outcome | null} */
  let outcome = null;
  let turn = 0;

  const asked = createAsked(manifest, {
    onChange,
    onUnknown: (unknown) => problem(unknown.join("; "), "Part of this link does not fit the data set"),
  });
  const choices = createChoices(frame.choices, retrieval.manifest.encoders, pictures.renderings(), {
    onEncoder: (encoder) => asked.set({ encoder }),
    onCount: (count) => asked.set({ count }, { step: false }),
    onRendering: () => draw(),
  });
  const ask = (/** @type {string} */ id) => {
    const { patch, more, less } = asked.now;
    if (patch === id && !more.length && !less.length) search();
    else asked.set({ patch: id, more: [], less: [] });
  };
  createPicker(frame.picker, explorer, pictures, { select: session.select, onAsk: ask, say, rendering: choices.rendering });
  const own = createOwn(frame.own, explorer, address, {
    encoder: () => session.encoderOf(asked.now.encoder),
    problem,
    onOwn(given) {
      file = given;
      asked.set({ patch: null, more: [], less: [] });
      search();
    },
  });
  const only = createOnly(frame.only, explorer, {
    select: session.select, onProblem: problem, onTool: (tool) => map?.choose(tool), onSelect: (selection, how) => asked.set({ selection }, how),
  });
  const query = createQuery(frame.query, pictures, links);
  const results = createResults(frame.results, pictures, {
    ...links, onAsk: (id) => (ask(id), frame.top()), onHover: (row) => map?.highlight(row),
    onMark: (id, kind) => marks.toggle(id, kind, outcome?.results.find((one) => one.about.id === id)?.row ?? -1),
  });
  const marks = createMarks(frame.marks, pictures, { onSearch: (found) => asked.set(found), onMarks: results.mark });
  const steps = createStepList(frame.steps, manifest.rows);
  /** @type {Awaited<ReturnType<typeof import("./mappane.js").createMapPane>> | null} */
  let map = null;
  let mapAsked = !manifest.positions;
  frame.map.hidden = mapAsked;

  only.update(asked.now.selection);
  await search();

  /** The map comes with the first results. */
  async function showMap() {
    mapAsked = true;
    const { createMapPane } = await import("./mappane.js");
    map = await createMapPane(frame.map, explorer, {
      onBox: (box) => asked.set({ selection: { ...asked.now.selection, lasso: undefined, box: /** @type {any} */ (box) } }),
      onLasso: (lasso) => asked.set({ selection: { ...asked.now.selection, box: undefined, lasso: /** @type {any} */ (lasso) } }),
      onPick: async (row) => ask((await explorer.describe([row]))[0].id),
    });
    drawMap();
  }

  /** @param {import("./state.js").Question} now @param {import("./state.js").Question} before */
  function onChange(now, before) {
    if (now.patch) file = null;
    if (JSON.stringify(now.selection) !== JSON.stringify(before.selection)) only.update(now.selection);
    if (now.encoder !== before.encoder) {
      const inputs = [before, now].map((one) => JSON.stringify(session.encoderOf(one.encoder).input));
      if (inputs[0] !== inputs[1]) file = null; // it was cut and resampled for the other one
      own.refresh();
    }
    search();
  }

  async function search() {
    const mine = ++turn;
    choices.show(asked.now);
    frame.busy(true);
    try {
      const given = file;
      const found = await session.ask(asked.now, {
        own: given && (async (encoder) => ({ name: given.name, vector: await own.vector(encoder, given.pixels, progress) })),
      });
      if (mine !== turn) return;
      outcome = found;
      draw();
      if (found) say(told(found));
      if (found?.unknown.length) problem(found.unknown.join(", "), "Some marked patches are not in this data set");
    } catch (error) {
      if (mine !== turn) return;
      problem(error, error instanceof AskError ? "This patch is not here" : "The search failed", error instanceof AskError ? undefined : search);
    } finally {
      if (mine === turn) {
        frame.busy(false);
        progress(null);
      }
    }
  }

  function draw() {
    frame.asked(outcome !== null);
    const rendering = choices.rendering();
    if (!outcome) return void begin();
    query.show(outcome, rendering, file?.preview ?? null);
    results.show(outcome, rendering);
    marks.show(outcome, rendering);
    steps.show(outcome);
    frame.headline(told(outcome));
    if (!mapAsked) showMap().catch((error) => problem(error, "The map could not be shown"));
    drawMap();
  }

  async function begin() {
    query.none(null);
    const shown = await beginnings(explorer, pictures, { onAsk: ask, rendering: choices.rendering() });
    if (!outcome) query.none(shown);
  }

  function drawMap() {
    if (!outcome) return;
    map?.show(outcome.query?.row ?? null, outcome.results.map((one) => one.row), outcome.mask);
    map?.shape({ box: asked.now.selection.box ?? null, lasso: asked.now.selection.lasso ?? null });
  }

  /** @param {import("./session.js").Outcome} found */
  function told({ results: shown, query: from, allowed }) {
    const among = isEmpty(asked.now.selection) || allowed === null ? "" : ` among ${counted(allowed, "patch that meets", "patches that meet")} your conditions`;
    const same = agreement(from?.labels, shown.map((one) => one.about.labels));
    return `${counted(shown.length, "similar patch", "similar patches")}${among}${same ? `; ${same}` : ""}.`;
  }
}
