// @ts-check
// The linear probe: the reader marks examples, the page trains on their stored embeddings and tests on all others.
import { el, fill } from "../../explorer/ui/dom.js";
import { counted } from "../../explorer/ui/format.js";
import { bytesSaid } from "../core/said.js";
import { createProbeBench } from "./probebench.js";
import { openEmbeddings } from "./embeddings.js";

/** Patches whose embeddings are loaded at most. */
const MOST = 20_000;

/**
 * @param {HTMLElement} host @param {any} explorer @param {import("../../explorer/gallery/source.js").Pictures} pictures
 * @param {string} address of the retrieval's manifest
 * @param {{say: (text: string) => void, problem: (error: unknown, what: string, onRetry?: () => void) => void,
 *   progress: (text: string | null, done?: number, total?: number) => void}} how
 */
export function createProbePanel(host, explorer, pictures, address, { say, problem, progress }) {
  const labels = explorer.manifest.columns.find((/** @type {any} */ column) => column.name === "labels");
  const room = el("div", {});
  const start = el("button", { type: "button", class: "ds-d-button", onclick: begin }, "Prepare the probe");
  const line = el("p", { class: "ds-d-start" }, start, el("span", { class: "ds-d-note" }, `Loads embeddings of up to ${counted(MOST, "patch", "patches")}.`));
  host.append(
    el("p", { class: "ds-d-note" }, "Mark some patches that have a class and some that have not. The page trains a logistic regression on their stored embeddings, ranks all other patches with it, and measures the ranking by their labels. The model above is not used."),
    line, room);
  if (!labels) {
    line.hidden = true;
    fill(room, el("p", { class: "ds-d-note" }, "The patches of this data set have no labels, so there is nothing to test a probe with."));
  }

  async function begin() {
    start.disabled = true;
    progress("Opening the embeddings");
    try {
      const { openRetrieval } = await import("../search/client.js");
      const retrieval = await openRetrieval(address);
      if (retrieval.manifest.fingerprint !== explorer.manifest.fingerprint) throw new Error("The embeddings and the patches are of different builds; load the page again.");
      line.hidden = true;
      const select = el("select", { class: "ds-d-field", onchange: load }, ...retrieval.manifest.encoders.map((/** @type {any} */ one) => el("option", { value: one.name }, `${one.title} (${bytesSaid(one.bytes.total)})`)));
      const bench = el("div", { class: "ds-d-bench" });
      fill(room, el("div", { class: "ds-d-tools" }, el("label", { class: "ds-d-labelled" }, el("span", {}, "Embeddings"), select)), bench);
      await load();
      select.focus();

      async function load() {
        progress("Reading the embeddings");
        try {
          const found = await openEmbeddings(explorer, labels, retrieval.encoder(select.value), MOST, (done, total) => progress("Reading the embeddings", done, total));
          createProbeBench(bench, explorer, pictures, found, { say, problem });
        } catch (error) {
          problem(error, "The embeddings could not be read", load);
        } finally {
          progress(null);
        }
      }
    } catch (error) {
      start.disabled = false;
      problem(error, "There are no embeddings to train on", begin);
    } finally {
      progress(null);
    }
  }
}
