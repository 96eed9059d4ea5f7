// How many questions were answered rightly: kept in this browser, and told to nobody.

const NAME = "attnviz.rate";

/** @typedef {{ right: number, asked: number }} Rate */

/** @type {() => Rate} */
export function rateNow() {
  try {
    const { right, asked } = JSON.parse(localStorage.getItem(NAME) ?? "{}");
    if (Number.isInteger(right) && Number.isInteger(asked) && 0 <= right && right <= asked) return { right, asked };
  } catch {
    // a browser that keeps nothing, or something else under that name
  }
  return { right: 0, asked: 0 };
}

/** @type {(isRight: boolean) => Rate} */
export function rateAfter(isRight) {
  const { right, asked } = rateNow();
  const rate = { right: right + Number(isRight), asked: asked + 1 };
  try {
    localStorage.setItem(NAME, JSON.stringify(rate));
  } catch {
    // it counts for this page alone
  }
  return rate;
}
