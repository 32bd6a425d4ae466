// @ts-check
// Finds the demos of the page, and starts each when its reader asks for it. Loaded where modules work, and only there.
import { el, fill } from "../../explorer/ui/dom.js";
import { createProgress } from "./progress.js";
import { createProblems } from "./problem.js";

/**
 * What a demo is given. `progress` takes bytes, or steps, done and in all; null takes the bar away. `say` is for screen
 * readers. `problem` is shown at the top of the demo.
 * @typedef {{manifest: string, explorer: string, progress: (text: string | null, done?: number, total?: number) => void,
 *   say: (text: string) => void, problem: (error: unknown, what: string, onRetry?: () => void) => void}} Context
 */

/** @type {Record<string, () => Promise<{mount: (stage: HTMLElement, context: Context) => Promise<void>}>>} */
const DEMOS = {
  retrieval: () => import("../retrieval/main.js"),
  classification: () => import("../classify/main.js"),
};

for (const host of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".ds-demo"))) prepare(host);

/** @param {HTMLElement} host */
function prepare(host) {
  const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (host.querySelector(`.ds-d-${name}`));
  const [poster, start, stage, live] = ["poster", "start", "stage", "sr"].map(find);
  const button = /** @type {HTMLButtonElement} */ (start.querySelector("button"));
  start.hidden = false;
  button.addEventListener("click", begin);
  // A link to a search, from the explorer for one: whoever followed it has asked.
  if (host.dataset.demo === "retrieval" && /[#&](patch|more)=/.test(location.hash)) begin();

  async function begin() {
    button.disabled = true;
    const notices = el("div", { class: "ds-d-notices" });
    const content = el("div", { class: "ds-d-content", tabindex: "-1", "aria-busy": "true" });
    fill(stage, notices, content);
    stage.hidden = false;
    const problems = createProblems(notices);
    const bar = createProgress(notices);
    const say = (/** @type {string} */ text) => {
      // The same words twice are not read out.
      live.textContent = live.textContent === text ? `${text}\u00a0` : text;
    };
    const absolute = (/** @type {string | undefined} */ path) => new URL(path ?? "", document.baseURI).href;
    /** @type {Context} */
    const context = {
      manifest: absolute(host.dataset.manifest),
      explorer: absolute(host.dataset.explorer),
      progress: bar.show,
      say,
      problem: problems.show,
    };
    bar.show("Loading");
    try {
      const { mount } = await DEMOS[host.dataset.demo ?? ""]();
      await mount(content, context);
      poster.classList.add("ds-d-started");
      start.hidden = true;
      host.dataset.ready = "";
      content.focus({ preventScroll: true });
      say("Ready");
    } catch (error) {
      fill(content);
      button.disabled = false;
      problems.show(error, "This could not be started", begin);
    } finally {
      bar.show(null);
      content.removeAttribute("aria-busy");
    }
  }
}
