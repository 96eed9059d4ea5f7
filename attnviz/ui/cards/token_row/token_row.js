// The sentence as a row of tokens. Pointing at one tells its id and place; choosing one (mouse or
// keyboard) reports its index. All text goes in as text, never as HTML.

const PATIENCE = 4000; // milliseconds for the server to follow a choice made here

export default function ({ data, parentElement, setTriggerValue }) {
  const row = parentElement.querySelector(".tokens");
  // Keys may come faster than answers: a choice made here stands until the server has followed it.
  const pending = row.pending && performance.now() - row.pending.time < PATIENCE ? row.pending.index : null;
  if (pending === null || pending === data.query || pending >= data.tokens.length) row.pending = null;
  const current = row.pending ? row.pending.index : data.query;

  row.style.setProperty("--accent", data.accent);
  row.dir = data.fromRight ? "rtl" : "ltr";
  const focused = row.contains(row.getRootNode().activeElement);
  const moved = row.current !== current;
  row.replaceChildren(...data.tokens.map((token, index) => chip(token, index)));
  mark(row, current);
  if (focused) row.children[current]?.focus({ preventScroll: true });
  if (moved) scrollInside(row, row.children[current]);

  const choose = (index) => {
    row.pending = { index, time: performance.now() };
    mark(row, index);
    row.children[index].focus({ preventScroll: true });
    scrollInside(row, row.children[index]);
    setTriggerValue("chosen", index);
  };
  row.onclick = (event) => {
    const found = event.target.closest("button");
    if (found) choose(Number(found.dataset.index));
  };
  row.onkeydown = (event) => {
    event.stopPropagation(); // Streamlit takes single letters as its own shortcuts
    const index = nextIndex(event.key, row.current, data.tokens, data.fromRight);
    if (index === null) return;
    event.preventDefault();
    choose(index);
  };
}

function mark(row, index) {
  row.current = index;
  [...row.children].forEach((button, i) => {
    button.setAttribute("aria-pressed", i === index);
    button.tabIndex = i === index ? 0 : -1;
  });
}

// Scrolls the row alone: the page must not move under the mouse.
function scrollInside(row, button) {
  if (!button) return;
  const place = button.getBoundingClientRect();
  const frame = row.getBoundingClientRect();
  if (place.top < frame.top) row.scrollTop -= frame.top - place.top + 4;
  if (place.bottom > frame.bottom) row.scrollTop += place.bottom - frame.bottom + 4;
}

// Arrow keys go where they point: in a sentence that runs from the right, to the left is onwards.
export function nextIndex(key, index, tokens, fromRight = false) {
  const step = { ArrowRight: fromRight ? -1 : 1, ArrowLeft: fromRight ? 1 : -1 }[key];
  const shown = tokens.map((token, i) => (token.hidden ? -1 : i)).filter((i) => i >= 0);
  if (key === "Home") return shown[0];
  if (key === "End") return shown[shown.length - 1];
  if (!step) return null;
  const place = shown.indexOf(index) + step;
  return place >= 0 && place < shown.length ? shown[place] : null;
}

function chip(token, index) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.index = index;
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
