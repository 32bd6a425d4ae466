// @ts-check
// The sections of the demo, in the order in which one reads them.
import { el } from "../../explorer/ui/dom.js";

/** @param {HTMLElement} stage */
export function createFrame(stage) {
  const part = (/** @type {string} */ title, /** @type {string | null} */ text) => {
    const room = el("div", {});
    const heading = el("h3", { tabindex: "-1" }, title);
    stage.append(el("section", { class: "ds-d-section", "aria-label": title }, heading, text ? el("p", { class: "ds-d-note" }, text) : null, room));
    return { heading, room: /** @type {HTMLElement} */ (room) };
  };
  const untested = el("p", { class: "ds-d-note", hidden: true }, "No scores of test patches are stored for this model. Open a picture of your own below, and it will be run on that.");
  const about = el("div", {});
  stage.append(about);
  const patch = part("What the model says of a patch", null);
  const [chooser, shown, run] = [el("div", {}), el("div", {}), el("div", { class: "ds-d-run" })];
  patch.room.append(untested, chooser, shown, run);
  const looked = part("What the model looked at", "A grey square slides over the picture. Where covering a part lowers the score of a class, the model had found that class there.");
  const threshold = part("Threshold and measures", "A label is given where its score reaches the threshold. Move it: the measures of the whole test set follow, computed here from the stored scores.");
  const own = part("A picture of your own", null);
  const probe = part("A probe from a handful of examples", null);
  return {
    about,
    /** Hide what needs a test set. @param {boolean} has */
    tested(has) {
      untested.hidden = has;
      for (const room of [chooser, threshold.room.parentElement]) if (room) room.hidden = !has;
    },
    chooser, shown, run, looked: looked.room, threshold: threshold.room, own: own.room, probe: probe.room,
    toShown() {
      patch.heading.scrollIntoView({ block: "start" });
      patch.heading.focus({ preventScroll: true });
    },
  };
}
