// Enter reads what was typed, as in a field of one line; with Shift it begins a new line. (Streamlit's own field of
// several lines is read with Ctrl and Enter: that is what the field is told.)

const FIELDS = ":is(.st-key-text, .st-key-pair, .st-key-target, .st-key-compare_text) textarea";

/** @typedef {Document & { readsWithEnter?: boolean }} Page */

/** @param {{ parentElement: Element }} component */
export default function ({ parentElement }) {
  /** @type {Page} */
  const page = parentElement.ownerDocument;
  if (page.readsWithEnter) return; // once for the page, whatever is mounted again
  page.readsWithEnter = true;
  page.addEventListener("keydown", typed, true);
}

/** @param {KeyboardEvent} event */
export function typed(event) {
  const field = /** @type {Element | null} */ (event.target);
  if (!reads(event) || !field?.matches?.(FIELDS)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const ending = { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true, cancelable: true };
  field.dispatchEvent(new KeyboardEvent("keydown", ending));
}

// Enter alone; not the Enter that ends the writing of a syllable or a Han character.
/** @typedef {"key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey" | "isComposing"} Read what is read of a key */

/** @param {Pick<KeyboardEvent, Read>} event */
export function reads({ key, shiftKey, ctrlKey, metaKey, altKey, isComposing }) {
  return key === "Enter" && !(shiftKey || ctrlKey || metaKey || altKey || isComposing);
}
