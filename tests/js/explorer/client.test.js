import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before } from "node:test";
import { openExplorer } from "../../../_static/js/explorer/core/client.js";
import { synthetic } from "./synthetic.js";

const data = synthetic(1200, 1);
const state = { server: null, base: "" };

before(async () => {
  state.server = createServer((request, response) => {
    const name = request.url.split("/").pop();
    const body = name === "manifest.json" ? JSON.stringify(data.manifest) : data.folder.files.get(name);
    response.writeHead(body ? 200 : 404).end(body);
  });
  await new Promise((resolve) => state.server.listen(0, "127.0.0.1", resolve));
  state.base = `http://127.0.0.1:${state.server.address().port}/site/explorer/`;
});
after(() => {
  state.server.closeAllConnections();
  state.server.close();
});

/** A worker for Node: the real script, in this thread, whose messages are cloned as a browser clones them. */
class FakeWorker {
  static made = 0;

  constructor(url) {
    const inside = { postMessage: (data, options = {}) => this.#deliver(() => this.onmessage, data, options) };
    this.inside = inside;
    globalThis.self = inside;
    this.started = import(`${url.href}?${FakeWorker.made++}`);
    this.started.then(() => (this.handler = inside.onmessage));
  }

  #deliver(handler, data, options = {}) {
    const copy = structuredClone(data, options);
    queueMicrotask(() => handler()({ data: copy }));
  }

  async postMessage(data) {
    await this.started;
    this.#deliver(() => this.handler, data);
  }

  terminate() {}
}

async function everything(explorer) {
  const positions = await explorer.positions();
  await explorer.loaded();
  const { milliseconds: _, ...result } = await explorer.select({ filters: { split: { any: ["val"] } } });
  const page = await explorer.page(0, 5);
  const [csv, recipe] = [await (await explorer.csv()).text(), await explorer.recipe()];
  const described = await explorer.describe(page);
  const rest = { found: await explorer.find(described[0].id), near: await explorer.near(3), codes: await explorer.codes("date") };
  return { positions, result, page, csv, recipe, described, ...rest, sets: await explorer.sets("flags") };
}

test("a worker and the page itself give the same answers", async () => {
  globalThis.Worker = FakeWorker;
  const [behind, within] = [await openExplorer(`${state.base}manifest.json`), await openExplorer(`${state.base}manifest.json`, { worker: false })];
  delete globalThis.Worker;
  assert.equal(FakeWorker.made, 1);
  assert.deepEqual(await everything(behind), await everything(within));
  // Answers that were handed over are not gone for the next question.
  assert.equal((await behind.near(3)).same.length, (await within.near(3)).same.length);
  await assert.rejects(behind.select({ filters: { split: { any: ["dev"] } } }), { name: "SelectionError", message: /dev/ });
  await assert.rejects(behind.codes("nothing"), /'nothing' is not a column/);
});

test("without workers the page does the work", async () => {
  globalThis.Worker = class {
    constructor() {
      setTimeout(() => this.onerror({ preventDefault() {} }));
    }
    terminate() {}
  };
  for (const make of [() => {}, () => delete globalThis.Worker]) {
    make();
    const explorer = await openExplorer(`${state.base}manifest.json`);
    assert.equal((await explorer.select({ filters: { split: { any: ["train"] } } })).bases.split, 1200);
  }
});

test("an overtaken selection is null, and listeners hear of progress until they stop", async () => {
  const explorer = await openExplorer(`${state.base}manifest.json`, { worker: false });
  const told = [];
  const stop = explorer.on("progress", (progress) => told.push(progress.stage));
  const [first, second] = await Promise.all(["s2a", "s2b"].map((text) => explorer.select({ text })));
  assert.equal(first, null);
  assert.ok(second.count > 0);
  assert.ok(told.includes("codes") && told.includes("search"));
  const heard = told.length;
  stop();
  await explorer.select({ text: "other" });
  assert.equal(told.length, heard);
});

test("a manifest or a file that is not there says so", async () => {
  await assert.rejects(openExplorer(`${state.base}none/manifest.jsonx`), { message: "manifest.jsonx: could not be loaded (HTTP 404)" });
  const entry = data.manifest.columns[1].files[0];
  const kept = data.folder.files.get(entry.path);
  data.folder.files.delete(entry.path);
  const explorer = await openExplorer(`${state.base}manifest.json`, { worker: false });
  await assert.rejects(explorer.select({ text: "s2a" }), { message: `${entry.path}: could not be loaded (HTTP 404)` });
  data.folder.files.set(entry.path, kept);
  assert.ok((await explorer.select({ text: "s2a" })).count > 0);
});
