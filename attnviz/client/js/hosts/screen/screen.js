// How much room there is; and when everything has to be drawn anew though nothing was chosen: another width, screen or
// zoom.

/** @import { Seen } from "../../state/context.js" */

const LEAST = 100; // pixels by which a window gets higher or lower
// Pixels of the page that stand over the large figure: field, sentence, reading.
const AROUND = 374;
const LEAST_ROOM = 280;
const FRAMED = 560; // in a frame, which is as high as what is in it
const UNDER = 8; // in a card that fills the window

// In how many pixels a picture is to be seen at once.
/** @type {(root: HTMLElement) => (box: HTMLElement) => number} */
export function roomFor(root) {
  const isFull = root.closest(".presented") !== null;
  if (!isFull) return () => (window.parent === window ? Math.max(LEAST_ROOM, innerHeight - AROUND) : FRAMED);
  return (box) => {
    const card = box.closest(".now");
    if (!card) return LEAST_ROOM; // it is not to be seen
    return card.getBoundingClientRect().bottom - box.getBoundingClientRect().top - card.scrollTop - UNDER;
  };
}

// What is shown, for the styles: one head alone, a picture, a sound.
/** @type {(root: HTMLElement, seen: Pick<Seen, "numbers" | "part">) => void} */
export function nameKind(root, { numbers, part: { picture, sound } }) {
  const kinds = { single: numbers.heads.length === 1, seeing: Boolean(picture), listening: Boolean(sound) };
  for (const [name, is] of Object.entries(kinds)) root.classList.toggle(name, is);
}

/**
 * @typedef {object} Watch
 * @property {() => void} measure note the width that all is drawn for; the browser, which tells it once at first
 *   in any case, then has nothing new to say
 * @property {() => void} stop
 */

// Another width of the element; or another screen or zoom, which have more or fewer pixels for the same picture.
/** @type {(root: HTMLElement, changed: () => unknown) => Watch} */
export function watchScreen(root, changed) {
  let width = 0;
  let isOver = false;
  const observer = new ResizeObserver(([entry]) => {
    const now = Math.round(entry.contentRect.width);
    if (!now || now === width) return; // zero when it is taken off the page
    width = now;
    changed();
  });
  observer.observe(root);
  let height = innerHeight;
  const resized = () => {
    if (Math.abs(innerHeight - height) < LEAST) return; // a telephone's bars come and go
    height = innerHeight;
    if (root.isConnected) changed();
  };
  addEventListener("resize", resized);
  const watchPixels = () => {
    const now = matchMedia(`(resolution: ${globalThis.devicePixelRatio}dppx)`);
    const another = () => {
      if (isOver) return;
      watchPixels();
      if (root.isConnected) changed();
    };
    now.addEventListener("change", another, { once: true });
  };
  watchPixels();
  return {
    measure() {
      width = Math.round(root.getBoundingClientRect().width);
    },
    stop() {
      isOver = true;
      observer.disconnect();
      removeEventListener("resize", resized);
    },
  };
}
