// The sentence as a row of tokens. Pointing at one tells its id and place; choosing one (mouse or
// keyboard) reports its index. All text goes in as text, never as HTML.

const PATIENCE = 4000; // milliseconds for the server to follow a choice made here

/**
 * @typedef {object} Chip
 * @property {string} text
 * @property {string} title
 * @property {boolean} special
 * @property {boolean} continues
 * @property {boolean} hidden
 * @property {boolean} unknown
 * @property {string} role
 * @property {string} background
 * @property {string} color
 */

/** @typedef {{ tokens: Chip[], query: number, accent: string, fromRight: boolean }} Data what Python sends */
/** @typedef {{ index: number, time: number }} Pending a choice that the server has not followed yet */
/** @typedef {HTMLElement & { pending?: Pending | null, current?: number }} TokenRow */

/**
 * @param {object} component
 * @param {Data} component.data
 * @param {Element} component.parentElement
 * @param {(name: string, value: unknown) => void} component.setTriggerValue
 */
export default function ({ data, parentElement, setTriggerValue }) {
  const row = /** @type {TokenRow} */ (parentElement.querySelector(".tokens"));
  // Keys may come faster than answers: a choice made here stands until the server has followed it.
  const pending = row.pending && performance.now() - row.pending.time < PATIENCE ? row.pending.index : null;
  if (pending === null || pending === data.query || pending >= data.tokens.length) row.pending = null;
  const current = row.pending ? row.pending.index : data.query;

  row.style.setProperty("--accent", data.accent);
  row.dir = data.fromRight ? "rtl" : "ltr";
  const root = /** @type {Document | ShadowRoot} */ (row.getRootNode());
  const focused = row.contains(root.activeElement);
  const moved = row.current !== current;
  /** @type {(at: number) => HTMLElement | undefined} */
  const buttonAt = (at) => /** @type {HTMLElement | undefined} */ (row.children[at]);
  row.replaceChildren(...data.tokens.map((token, index) => chip(token, index)));
  mark(row, current);
  if (focused) buttonAt(current)?.focus({ preventScroll: true });
  if (moved) scrollInside(row, buttonAt(current));

  /** @type {(index: number) => void} */
  const choose = (index) => {
    row.pending = { index, time: performance.now() };
    mark(row, index);
    buttonAt(index)?.focus({ preventScroll: true });
    scrollInside(row, buttonAt(index));
    setTriggerValue("chosen", index);
  };
  row.onclick = (event) => {
    const found = /** @type {Element} */ (event.target).closest("button");
    if (found) choose(Number(found.dataset.index));
  };
  row.onkeydown = (event) => {
    event.stopPropagation(); // Streamlit takes single letters as its own shortcuts
    const index = nextIndex(event.key, row.current ?? current, data.tokens, data.fromRight);
    if (index === null) return;
    event.preventDefault();
    choose(index);
  };
}

/** @type {(row: TokenRow, index: number) => void} */
function mark(row, index) {
  row.current = index;
  row.querySelectorAll("button").forEach((button, i) => {
    button.setAttribute("aria-pressed", String(i === index));
    button.tabIndex = i === index ? 0 : -1;
  });
}

// Scrolls the row alone: the page must not move under the mouse.
/** @type {(row: HTMLElement, button: HTMLElement | undefined) => void} */
function scrollInside(row, button) {
  if (!button) return;
  const place = button.getBoundingClientRect();
  const frame = row.getBoundingClientRect();
  if (place.top < frame.top) row.scrollTop -= frame.top - place.top + 4;
  if (place.bottom > frame.bottom) row.scrollTop += place.bottom - frame.bottom + 4;
}

// Arrow keys go where they point: in a sentence that runs from the right, to the left is onwards.
/** @type {(key: string, index: number, tokens: { hidden: boolean }[], fromRight?: boolean) => number | null} */
export function nextIndex(key, index, tokens, fromRight = false) {
  const onwards = fromRight ? -1 : 1;
  const step = key === "ArrowRight" ? onwards : key === "ArrowLeft" ? -onwards : 0;
  const shown = tokens.map((token, i) => (token.hidden ? -1 : i)).filter((i) => i >= 0);
  if (key === "Home") return shown[0];
  if (key === "End") return shown[shown.length - 1];
  if (!step) return null;
  const place = shown.indexOf(index) + step;
  return place >= 0 && place < shown.length ? shown[place] : null;
}

/** @type {(token: Chip, index: number) => HTMLElement} */
function chip(token, index) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.index = String(index);
  button.hidden = token.hidden;
  button.className = token.special ? "special" : "";
  if (token.unknown) button.classList.add("unknown");
  if (token.continues) button.classList.add("continues");
  button.title = token.title;
  button.setAttribute("aria-label", token.title);
  button.style.background = token.background;
  button.style.color = token.color;
  const text = document.createElement("bdi");
  text.textContent = token.text;
  button.append(text);
  if (token.role) {
    const role = document.createElement("small");
    role.textContent = token.role;
    button.append(role);
  }
  return button;
}
