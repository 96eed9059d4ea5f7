// Which heads link two words: all heads ranked, and beside each weight what would be there anyway.

import { beside, ranked, standsOut } from "../numbers/measures.js";
import { element } from "../draw/paint.js";
import { headName } from "../say/words.js";

const SHOWN = 8;
const UNKNOWN = { others: null, position: null };
const SHARE = 10; // milliseconds of computing at a time

// All heads' weights of one word on another, each with what stands beside it. `row(layer, head)` is the word's row;
// `table(layer, head)` the other words' (measures.js), or null where it is not computed yet; `forced(layer, head)` has
// ones at the rows without a choice.
export function linksOf(heads, { row, table, forced, at, rows }) {
  return heads.map(([layer, head]) => {
    const weight = row(layer, head)[at.column];
    const sums = table(layer, head);
    const known = sums ? beside(weight, sums, at.row, at.column, rows) : UNKNOWN;
    const isForced = forced(layer, head)?.[at.row] === 1;
    return { layer, head, weight, ...known, untrained: null, forced: isForced };
  });
}

export class Links {
  constructor(card, explorer) {
    [this.card, this.explorer] = [card, explorer];
    this.by = "weight";
    this.isLong = false;
    this.asked = {};
    this.question = card.querySelector(".question");
    this.list = card.querySelector(".ranking");
    this.keys = { position: card.querySelector(".position-key"), untrained: card.querySelector(".untrained-key") };
    this.more = card.querySelector(".more");
    this.sorts = [...card.querySelectorAll(".sorts button")];
    this.from = element("select", "", null, { "aria-label": "The word that looks" });
    this.to = element("select", "", null, { "aria-label": "The word looked at" });
    this.question.append(
      element("b", "", "Which heads link "),
      this.from,
      element("b", "", " → "),
      this.to,
      element("b", "", "?"),
    );
    this.from.onchange = () => this.chosen({ query: Number(this.from.value) });
    this.to.onchange = () => this.chosen({ key: Number(this.to.value) });
    this.sorts.forEach((button) => (button.onclick = () => this.sort(button.dataset.by)));
    this.more.onclick = () => {
      this.isLong = !this.isLong;
      this.update();
    };
    this.list.onclick = (event) => this.clicked(event);
    this.list.onpointerover = (event) => this.pointed(event);
    this.list.onpointerleave = () => explorer.tip(null);
  }

  sort(by) {
    this.by = by;
    this.update();
  }

  chosen(change) {
    this.asked = {}; // what they show is no longer what was set
    this.explorer.choose(change);
  }

  clicked(event) {
    const found = event.target.closest("[data-index]");
    if (!found) return;
    const { layer, head } = this.shown[Number(found.dataset.index)];
    this.explorer.choose({ layer, head, ...this.explorer.pair() }); // the question stays the same
  }

  pointed(event) {
    const found = event.target.closest("[data-index]");
    if (!found) return;
    const link = this.shown[Number(found.dataset.index)];
    this.explorer.tip(event, inWords(link));
  }

  // Rows that the package has told since are read anew.
  forget() {
    this.rowsName = this.rowsOf = null;
  }

  // New words.
  draw() {
    const { isWhole, grouping } = this.explorer.numbers;
    const { rows, columns } = grouping;
    this.forget();
    this.makeRoom();
    this.card.classList.toggle("waiting", !isWhole);
    if (!isWhole) return; // the other heads' vectors are on their way
    const options = (groups) => groups.map((group) => element("option", "", group.name, { value: group.tokens[0] }));
    this.from.replaceChildren(...options(rows));
    this.to.replaceChildren(...options(columns));
    this.asked = {};
    this.update();
  }

  // Another word or head.
  update() {
    const { numbers, state } = this.explorer;
    const { rows } = numbers.grouping;
    const at = this.explorer.linked();
    const isAsked = at.row >= 0 && at.column >= 0;
    this.list.hidden = !isAsked;
    if (!isAsked || !numbers.isWhole) return;
    this.ask(at);
    this.sorts.forEach((button) => button.setAttribute("aria-pressed", button.dataset.by === this.by));
    this.makeRoom();
    this.readRows(rows[at.row].tokens);
    const links =
      this.answered() ??
      linksOf(numbers.heads, {
        row: (layer, head) => this.rowsOf.get(`${layer}.${head}`),
        table: (layer, head) => (numbers.hasTable(layer, head) ? numbers.table(layer, head) : null),
        forced: (layer, head) => numbers.forced(layer, head),
        at,
        rows: rows.length,
      });
    this.shown = ranked(links, this.by).slice(0, this.list.children.length);
    for (const [name, key] of Object.entries(this.keys)) key.hidden = links.every((link) => link[name] === null);
    const most = Math.max(0.05, ...this.shown.map((link) => Math.max(link.weight, link.others ?? 0)));
    this.fill(most, [state.layer, state.head]);
    this.explorer.later("links", () => this.describe());
    if (numbers.heads.some(([layer, head]) => !numbers.hasTable(layer, head))) {
      this.explorer.later("tables", () => this.complete(), 0);
    }
  }

  // The two words in the question. (Setting one takes long where there are many to choose from.)
  ask({ row, column }) {
    if (this.asked.row !== row) this.from.selectedIndex = row;
    if (this.asked.column !== column) this.to.selectedIndex = column;
    this.asked = { row, column };
  }

  // The package's own answer, once it is here for these two words.
  answered() {
    const { answer, state, numbers, trace } = this.explorer;
    const asked = this.explorer.pair();
    if (state.words !== "pieces" || !state.specials || !numbers.grouping.isPlain) return null;
    const told = [answer?.links, trace.notes?.links].find(
      (one) => one?.query === asked.query && one.key === asked.key,
    );
    return told?.heads ?? null;
  }

  // A head's weight between the two words in question.
  weightOf(layer, head) {
    const { column } = this.explorer.linked();
    const row = this.rowsOf?.get(`${layer}.${head}`);
    if (!row || column < 0) return null;
    return { weight: row[column], to: this.explorer.numbers.grouping.columns[column].name };
  }

  readRows(tokens) {
    const { numbers } = this.explorer;
    const name = tokens.join();
    if (this.rowsName === name) return;
    this.rowsName = name;
    this.rowsOf = new Map(
      numbers.heads.map(([layer, head]) => [`${layer}.${head}`, numbers.row(layer, head, tokens, false)]),
    );
  }

  // The means of all heads take a while on a long text: a few at a time.
  complete() {
    const { numbers } = this.explorer;
    if (!numbers.isWhole) return; // of another trace by now
    const until = performance.now() + SHARE;
    const missing = numbers.heads.filter(([layer, head]) => !numbers.hasTable(layer, head));
    for (const [layer, head] of missing) {
      if (performance.now() > until) break;
      numbers.table(layer, head);
    }
    if (missing.every(([layer, head]) => numbers.hasTable(layer, head))) this.update();
    else this.explorer.later("tables", () => this.complete(), 0);
  }

  // As many rows as are shown, so that nothing moves when what they say comes.
  makeRoom() {
    const { length } = this.explorer.numbers.heads;
    const count = this.isLong ? length : Math.min(SHOWN, length);
    this.more.hidden = length <= SHOWN;
    const said = this.isLong ? "Fewer" : `All ${length}`;
    if (this.more.textContent !== said) this.more.textContent = said;
    while (this.list.children.length > count) this.list.lastChild.remove();
    while (this.list.children.length < count) this.list.append(this.blank(this.list.children.length));
  }

  fill(most, chosen) {
    this.shown.forEach((link, index) => {
      const item = this.list.children[index];
      const [name, bars, value] = item.firstChild.children;
      name.textContent = `L${link.layer} · H${link.head}`;
      const [bar, others, position, untrained] = bars.children;
      bar.style.width = `${(100 * link.weight) / most}%`;
      place(others, link.others, most);
      place(position, link.position, most);
      place(untrained, link.untrained, most);
      value.textContent =
        this.by === "weight" ? link.weight.toFixed(2) : `+${standsOut(link).toFixed(2)}`.replace("+-", "−");
      item.firstChild.setAttribute("aria-pressed", link.layer === chosen[0] && link.head === chosen[1]);
    });
  }

  // What a screen reader says of the shown ones, when there is time.
  describe() {
    this.shown.forEach((link, index) => {
      const button = this.list.children[index]?.firstChild;
      if (!button) return;
      const [name, , value] = button.children;
      button.setAttribute("aria-label", `${name.textContent} ${value.textContent}: ${inWords(link).join(", ")}`);
    });
  }

  blank(index) {
    const item = element("li", "", null, { "data-index": index });
    const button = element("button", "link", null, { type: "button" });
    const bars = element("span", "bars");
    bars.append(element("i", "bar"), element("i", "others"), element("i", "position"), element("i", "untrained"));
    button.append(element("span", "name"), bars, element("span", "value"));
    item.append(button);
    return item;
  }
}

// A link and all that it is held against, in words.
function inWords(link) {
  const told = [`${headName([link.layer, link.head])}: ${link.weight.toFixed(3)}`];
  if (link.others !== null) told.push(`another word gives ${link.others.toFixed(3)} on average`);
  if (link.position !== null) told.push(`at that distance ${link.position.toFixed(3)} on average`);
  if (link.untrained !== null) told.push(`the untrained model ${link.untrained.toFixed(3)}`);
  if (link.forced) return [...told, "the word may look at one word only: it has no choice, so nothing stands out"];
  told.push(`stands out by ${standsOut(link).toFixed(3).replace("-", "−")}`);
  return told;
}

function place(tick, value, most) {
  tick.hidden = value === null || value === undefined;
  if (!tick.hidden) tick.style.left = `${Math.min(100, (100 * value) / most)}%`;
}
