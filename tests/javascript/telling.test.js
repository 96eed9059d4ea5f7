// What was chosen is told before another page is asked for, and that page is asked for once it was heard.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { channel } from "../../attnviz/client/js/hosts/server/channel.js";
import { createTelling } from "../../attnviz/client/js/hosts/server/telling.js";

const real = { setTimeout, clearTimeout };
const STATE = { layer: 0, head: 2 };
let timers;
let links; // that were followed

class Element {
  matches() {
    return false;
  }
}

class HTMLAnchorElement extends Element {
  click() {
    const event = new Event("click", { cancelable: true });
    event.composedPath = () => [this];
    if (globalThis.document.dispatchEvent(event)) links.push(this);
  }
}

beforeEach(() => {
  timers = [];
  links = [];
  Object.assign(globalThis, { Element, HTMLAnchorElement, document: new EventTarget(), window: new EventTarget() });
  globalThis.setTimeout = (call, wait = 0) => timers.push({ call, wait }) - 1;
  globalThis.clearTimeout = (timer) => delete timers[timer];
  delete globalThis.attnviz;
});
afterEach(() => Object.assign(globalThis, real));

// All timers up to so many milliseconds, and those that they set.
const elapse = (longest) => {
  for (let i = 0; i < timers.length; i += 1) {
    const due = timers[i];
    if (!due || due.wait > longest) continue;
    delete timers[i];
    due.call();
  }
};

// The telling of a side, what the server was told of it, and how it answers.
function made(side = "") {
  const { publish, subscribe } = channel(side);
  const heard = [];
  subscribe("choice", ({ sequence }) => heard.push(sequence));
  const telling = createTelling(
    side,
    () => STATE,
    { tells: () => {}, left: () => {} },
  );
  const answer = (sequence) => {
    publish("answer", { header: { sequence } });
    telling.look();
  };
  return { ...telling, heard, answer };
}

test("a link is followed at once where the server knows all", () => {
  made();
  const link = new HTMLAnchorElement();
  link.click();
  assert.deepEqual(links, [link]);
});

test("a link waits until the server has answered what was told with it", () => {
  const { hear, heard, answer } = made();
  hear({ id: "one", asked: {} }, "when asked");
  const link = new HTMLAnchorElement();
  link.click();
  assert.deepEqual(heard, [1]);
  elapse(1000);
  assert.deepEqual(links, [], "it might not have begun with it");
  answer(1);
  elapse(0);
  assert.deepEqual(links, [link]);
});

test("also what was told long ago is waited for", () => {
  const { hear, answer } = made();
  hear({ id: "one", asked: {} }, "at once");
  elapse(1000);
  new HTMLAnchorElement().click();
  assert.deepEqual(links, []);
  answer(1);
  elapse(0);
  assert.equal(links.length, 1);
});

test("a link waits for two explorers, and is followed once", () => {
  const [a, b] = [made(), made("b")];
  for (const { hear } of [a, b]) hear({ id: "one", asked: {} }, "at once");
  new HTMLAnchorElement().click();
  a.answer(1);
  elapse(0);
  assert.deepEqual(links, []);
  b.answer(2);
  elapse(0);
  assert.equal(links.length, 1);
});

test("a server that does not answer keeps nobody, though there are two explorers", () => {
  const [a, b] = [made(), made("b")];
  for (const { hear } of [a, b]) hear({ id: "one", asked: {} }, "at once");
  new HTMLAnchorElement().click();
  elapse(2000);
  assert.equal(links.length, 1);
});

test("of two links that wait the last is followed", () => {
  const { hear, answer } = made();
  hear({ id: "one", asked: {} }, "at once");
  const [first, last] = [new HTMLAnchorElement(), new HTMLAnchorElement()];
  first.click();
  last.click();
  answer(1);
  elapse(2000);
  assert.deepEqual(links, [last]);
});

test("who goes back meanwhile is not led to where the link leads", () => {
  const { hear, answer } = made();
  hear({ id: "one", asked: {} }, "at once");
  new HTMLAnchorElement().click();
  globalThis.window.dispatchEvent(new Event("popstate"));
  answer(1);
  elapse(2000);
  assert.deepEqual(links, []);
});
