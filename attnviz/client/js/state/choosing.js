// From a wish to a choice: made here, on the page around, or as soon as what it needs has come.

import { Pace } from "../hosts/pace.js";
import { laidOver, settled } from "./state.js";

export class Choosing extends Pace {
  // A choice made elsewhere: in the address, or on the page around.
  follow(state) {
    const next = settled({ ...this.state, ...state }, this.trace.header);
    if (JSON.stringify(next) !== JSON.stringify(this.state) && !this.mustWait(next, state)) this.apply(next);
  }

  choose(change) {
    const next = settled({ ...this.state, ...this.wish, ...change }, this.trace.header);
    if (this.mustWait(next, change)) return;
    this.wish = null;
    if (JSON.stringify(next) === JSON.stringify(this.state)) return;
    this.apply(next);
    this.onChoice(this.state, {});
  }

  // A head whose vectors are still on their way is chosen once they are here, and with it what was wished since.
  mustWait({ layer, head, second, over }, change) {
    const heads = [[layer, head], ...(second ? [second] : []), ...over];
    const isReady = heads.every((one) => this.numbers.knows(...one));
    if (!isReady) this.wish = { ...this.wish, ...change };
    return !isReady;
  }

  ask(asked) {
    this.onChoice(this.state, asked);
  }

  second(head) {
    const { second } = this.state;
    const isSame = second && second[0] === head[0] && second[1] === head[1];
    this.choose({ second: isSame ? null : head });
  }

  over(head) {
    this.choose(laidOver(this.state, head));
  }

  grantWish() {
    if (this.wish) this.choose({});
  }
}
