// The next word: how probable the model finds each, and with which shares it is drawn at a temperature. One that is
// taken stands in the text, and the model reads on.

import { childrenOf, element } from "../../../draw/paint.js";
import { short } from "../../../say/words.js";
import { drawnBy, sayable, tempered, textWith } from "../../../walk/next.js";
import { ranked } from "../../../walk/steps/prediction.js";
import { called } from "../../../walk/steps/wording.js";
import { closest, createListeners, IDLE, vacate, within } from "../../view.js";

/** @import { Of } from "../../../walk/steps/shown.js" */
/** @import { CreateView } from "../../view.js" */

const MOST = 10; // words that are shown

/** @type {CreateView} */
export const createNext = (root, { context, actions }) => {
  const listeners = createListeners();
  const [said, list, text] = [".said", ".bars-of", ".text-now"].map((one) => within(root, one));
  const slider = /** @type {HTMLInputElement} */ (within(root, "input"));
  const shown = within(root, "output");

  listeners.on(slider, "input", draw);
  listeners.on(root, "click", (event) => {
    const of = context.inPage.of();
    const button = closest(event, "button");
    if (!of || !button) return;
    const { word, do: what } = button.dataset;
    if (word) take(of, Number(word));
    else if (what === "first") actions.choose({ at: context.state.at });
    else if (what === "back") actions.request({ text: textWith({ ...of, query: of.run.ids.length - 2 }, []) });
    else take(of, what === "draw" ? drawnBy(sharesOf(of), Math.random()) : ranked(sharesOf(of), 1)[0]);
  });

  /** @type {(of: Of, id: number) => void} */
  const take = (of, id) => actions.request({ text: textWith(of, [id]) });
  /** @type {(of: Of) => Float64Array} */
  const own = (of) => /** @type {Float64Array} */ (of.run.probabilities(of.query));
  /** @type {(of: Of) => Float64Array} */
  const sharesOf = (of) => tempered(own(of), Number(slider.value), sayable(of.model.words));

  function draw() {
    const { state } = context;
    if (state.pane !== "next") return;
    const of = context.inPage.of();
    const isNext = of?.model.config.predicts === "next";
    root.classList.toggle("waiting", !isNext);
    if (!of || !isNext) return;
    const temperature = Number(slider.value);
    const isPlain = temperature === 1;
    const [before, shares] = [own(of), sharesOf(of)];
    shown.textContent = temperature.toFixed(1);
    said.textContent =
      `After ${called(of.row, of.query)}: how probable the model finds each word` +
      `${isPlain ? "" : ", and with which share it is drawn at this temperature"}. Press a word to put it there.`;
    const ids = ranked(shares, MOST);
    childrenOf(list, ids.length, makeLine).forEach((line, i) => {
      const [id, button] = [ids[i], line.children[0]];
      const figures = isPlain ? short(before[id]) : `${short(before[id])} → ${short(shares[id])}`;
      const [word, bar, share] = [".word", "i", ".share"].map((one) => within(line, one));
      word.textContent = of.model.words[id];
      bar.style.width = `${100 * shares[id]}%`;
      share.textContent = figures;
      button.setAttribute("data-word", String(id));
      button.setAttribute("aria-label", `${of.model.words[id]}, ${figures}`);
    });
    text.textContent = `${textWith({ ...of, query: of.run.ids.length - 1 }, [])} …`;
    const back = /** @type {HTMLButtonElement} */ (within(root, "[data-do=back]"));
    back.disabled = of.run.ids.length < 3; // one word stays
  }

  return {
    ...IDLE,
    draw,
    destroy: () => vacate(listeners, list),
  };
};

function makeLine() {
  const button = element("button", "", null, { type: "button" });
  const [line, track] = [element("li"), element("span", "track")];
  track.append(element("i"));
  button.append(element("span", "word"), track, element("span", "share"));
  line.append(button);
  return line;
}
