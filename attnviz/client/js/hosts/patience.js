// A choice that nobody answers is made again: it may have been lost with the connection, or with the server's session.

const FIRST = 2000; // milliseconds until it is made again
const LONGEST = 30_000; // ever more patiently: a server that is busy is not to be asked more

export class Patience {
  // isAnswered() says whether the last choice is; again() makes it once more.
  constructor(isAnswered, again) {
    Object.assign(this, { isAnswered, again, wait: FIRST });
  }

  // Something was chosen or answered: there is to wait, or nothing more.
  look() {
    if (this.isAnswered()) {
      this.stop();
      this.wait = FIRST;
    } else this.timer ??= setTimeout(() => this.lose(), this.wait);
  }

  lose() {
    this.timer = undefined;
    if (this.isAnswered()) return;
    this.wait = Math.min(2 * this.wait, LONGEST);
    this.again(); // a choice: with it, waiting begins anew
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
