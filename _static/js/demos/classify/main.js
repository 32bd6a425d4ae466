// @ts-check
// The classification demo, as the frame of the page starts it: wires its parts; each lives in a module of its own.
import { openExplorer } from "../../explorer/core/client.js";
import { fileLoader } from "../../explorer/core/manifest.js";
import { Pictures } from "../../explorer/gallery/source.js";
import { Library } from "../../explorer/lab/library.js";
import { createInput } from "../input/panel.js";
import { createAbout } from "./about.js";
import { createChooser } from "./chooser.js";
import { readManifest, readTestSet } from "./files.js";
import { createFrame } from "./frame.js";
import { createLookedAt } from "./lookedat.js";
import { createProbePanel } from "./probepanel.js";
import { createRunner } from "./runner.js";
import { createShown } from "./shown.js";
import { hasAll, tensorOf } from "./tensor.js";
import { createThreshold } from "./threshold.js";
/** @import {ModelEntry} from "./types.js" */

/** @param {HTMLElement} stage @param {import("../core/host.js").Context} context */
export async function mount(stage, { manifest: address, explorer: explorerAddress, progress, say, problem }) {
  progress("Reading the scores of the test set");
  const [explorer, manifest] = await Promise.all([openExplorer(explorerAddress), readManifest(address)]);
  if (manifest.fingerprint !== explorer.manifest.fingerprint) throw new Error("The models and the patches are of different builds; load the page again.");
  const load = fileLoader(address);
  const pictures = new Pictures(explorer);
  const library = new Library(explorer);
  const frame = createFrame(stage);
  let model = manifest.models[0];
  let test = await readTestSet(load, model, explorer.manifest.rows);
  /** What is shown: a patch of the test set, or a file of the reader. @type {{at: number, tensor: Float32Array | null}} */
  let chosen = { at: -1, tensor: null };
  let turn = 0; // of what is shown
  let choice = 0; // of the model

  const about = createAbout(frame.about, manifest.models, { onModel: choose });
  const runner = createRunner(frame.run, address, { say, problem, onReady: runShown });
  const shown = createShown(frame.shown, pictures, new URL("../../explorer.html", explorerAddress).href);
  const threshold = createThreshold(frame.threshold, { onChange: decide });
  const chooser = createChooser(frame.chooser, explorer, pictures, { onPick: pick, canRun: (row) => hasAll(library, row, model.input) });
  const looked = createLookedAt(frame.looked, { runner, picture: shown, say, problem });
  const input = createInput(frame.own, {
    inputs: () => ({ title: model.title, input: model.input }), explorer, action: "Classify this picture", onReady: own, problem,
  });
  createProbePanel(frame.probe, explorer, pictures, new URL("../retrieval/manifest.json", address).href, { say, problem, progress });
  begin();

  /** Show a model with its test set. */
  function begin() {
    about.show(model, test);
    turn++;
    chosen = { at: -1, tensor: null };
    frame.tested(test.n > 0);
    shown.none();
    looked.show(null, model);
    runner.can(null);
    runner.show(model);
    threshold.show(model, test);
    chooser.show(model, test, threshold.decided());
    input.refresh();
    chooser.first();
  }

  /** @param {ModelEntry} next */
  async function choose(next) {
    const mine = ++choice;
    progress("Reading the scores of the test set");
    try {
      const read = await readTestSet(load, next, explorer.manifest.rows);
      if (mine !== choice) return;
      [model, test] = [next, read];
      begin();
      say(`${model.title} is shown`);
    } catch (error) {
      about.show(model, test);
      problem(error, "This model could not be read", () => choose(next));
    } finally {
      if (mine === choice) progress(null);
    }
  }

  function decide() {
    shown.decide(threshold.value());
    chooser.update(threshold.decided());
  }

  /** Show a patch of the test set. @param {number} at place in the test set */
  async function pick(at) {
    const mine = ++turn;
    const row = test.rows[at];
    const span = [at * test.classes, (at + 1) * test.classes];
    chosen = { at, tensor: null };
    looked.show(null, model);
    try {
      const [[known], runs] = await Promise.all([explorer.describe([row]), Promise.resolve(hasAll(library, row, model.input))]);
      if (mine !== turn) return;
      await shown.patch(known, model, { truth: test.truth.subarray(...span), scores: test.scores.subarray(...span) }, threshold.value());
      if (mine !== turn || !runs) return runner.can(runs);
      const tensor = tensorOf(await library.patch(row), model.input);
      if (mine !== turn) return;
      chosen = { at, tensor };
      runner.can(true);
      runShown();
    } catch (error) {
      problem(error, "This patch could not be shown", () => pick(at));
    }
  }

  /** Show a file of the reader: there is nothing but what the model says. @param {import("../input/panel.js").Ready} ready */
  async function own(ready) {
    turn++;
    chosen = { at: -1, tensor: ready.tensor };
    chooser.none();
    looked.show(null, model);
    shown.own(ready, model, threshold.value());
    runner.can(true);
    frame.toShown();
    if (await runner.ensure()) runShown();
  }

  /** Let the model look at what is shown, if it is loaded. */
  async function runShown() {
    const { tensor } = chosen;
    if (!tensor || !runner.loaded()) return;
    const mine = turn;
    try {
      const scores = await runner.scores(tensor);
      if (mine !== turn) return;
      shown.live(scores);
      looked.show({ tensor, scores, name: shown.name() }, model);
    } catch (error) {
      problem(error, "The model could not be run", runShown);
    }
  }
}
