// Enter reads what was typed, as in a field of one line; with Shift it begins a new line. (Streamlit's own field of
// several lines is read with Ctrl and Enter: that is what the field is told.)

const FIELDS = ":is(.st-key-text, .st-key-pair, .st-key-compare_text) textarea";

export default function ({ parentElement }) {
  const page = parentElement.ownerDocument;
  if (page.readsWithEnter) return; // once for the page, whatever is mounted again
  page.readsWithEnter = true;
  page.addEventListener("keydown", typed, true);
}

export function typed(event) {
  if (!reads(event) || !event.target.matches?.(FIELDS)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const told = { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true, cancelable: true };
  event.target.dispatchEvent(new KeyboardEvent("keydown", told));
}

// Enter alone; not the Enter that ends the writing of a syllable or a Han character.
export function reads({ key, shiftKey, ctrlKey, metaKey, altKey, isComposing }) {
  return key === "Enter" && !(shiftKey || ctrlKey || metaKey || altKey || isComposing);
}
