// A choice that nobody answers is made again: it may have been lost with the connection, or with the server's session.

const FIRST = 2000; // milliseconds until it is made again
const LONGEST = 30_000; // ever more patiently: a server that is busy is not to be asked more

// isAnswered() says whether the last choice is; again() makes it once more.
/** @type {(isAnswered: () => boolean, again: () => void) => { look: () => void, stop: () => void }} */
export function createPatience(isAnswered, again) {
  let wait = FIRST;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function stop() {
    clearTimeout(timer);
    timer = undefined;
  }

  function lose() {
    timer = undefined;
    if (isAnswered()) return;
    wait = Math.min(2 * wait, LONGEST);
    again(); // a choice: with it, waiting begins anew
  }

  return {
    // Something was chosen or answered: there is to wait, or nothing more.
    look() {
      if (isAnswered()) {
        stop();
        wait = FIRST;
      } else timer ??= setTimeout(lose, wait);
    },
    stop,
  };
}
