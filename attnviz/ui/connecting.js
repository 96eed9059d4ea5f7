// A page whose connection was lost and is back asks for itself anew: it may be connected to another session, of a
// server that was started again or of another replica, which knows nothing of what is drawn (the files that it offers,
// its parts) until the page has run there.

const STATE = "data-test-connection-state"; // Streamlit's, on the element around all of its page

/** @typedef {Document & { connection?: { again: () => void } }} Page */

/**
 * @param {object} component
 * @param {Element} component.parentElement
 * @param {(name: string, value: unknown) => void} component.setStateValue
 */
export default function ({ parentElement, setStateValue }) {
  /** @type {Page} */
  const page = parentElement.ownerDocument;
  const again = () => setStateValue("again", Date.now());
  if (page.connection) {
    page.connection.again = again; // whatever is mounted again: one watches
    return;
  }
  const app = page.querySelector(`[${STATE}]`);
  if (!app) return;
  page.connection = { again };
  const hear = returning(() => page.connection?.again());
  hear(app.getAttribute(STATE));
  new MutationObserver(() => hear(app.getAttribute(STATE))).observe(app, { attributeFilter: [STATE] });
}

// Takes the states of a connection one after the other; calls `back` where one is there again that was lost.
/** @type {(back: () => void) => (state: string | null) => void} */
export function returning(back) {
  let isLost = false;
  return (state) => {
    const was = isLost;
    isLost = state !== "CONNECTED";
    if (was && !isLost) back();
  };
}
