// A choice that nobody answers is made again, ever more patiently.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { createPatience } from "../../attnviz/client/js/hosts/server/patience.js";

const real = { setTimeout, clearTimeout };
let timers;

beforeEach(() => {
  timers = [];
  globalThis.setTimeout = (call, wait) => timers.push({ call, wait }) - 1;
  globalThis.clearTimeout = (timer) => delete timers[timer];
});
afterEach(() => Object.assign(globalThis, real));

// What is waited for, and, once it has been waited for, is done.
const waits = () => Object.values(timers).map(({ wait }) => wait);
const elapse = () => {
  const due = Object.values(timers);
  timers = [];
  for (const { call } of due) call();
};

function chooser() {
  const made = { choices: 0, answered: 0 };
  const choose = () => {
    made.choices += 1;
    made.patience.look();
  };
  made.choose = choose;
  made.patience = createPatience(() => made.answered >= made.choices, choose);
  return made;
}

test("a choice that is answered is made once", () => {
  const made = chooser();
  made.choose();
  made.answered = 1;
  made.patience.look();
  assert.deepEqual(waits(), []);
  assert.equal(made.choices, 1);
});

test("a choice that is not answered is made again, at first after two seconds", () => {
  const made = chooser();
  made.choose();
  assert.deepEqual(waits(), [2000]);
  elapse();
  assert.equal(made.choices, 2);
  assert.deepEqual(waits(), [4000]);
  elapse();
  assert.deepEqual(waits(), [8000]);
});

test("it is never waited for longer than half a minute", () => {
  const made = chooser();
  made.choose();
  for (let i = 0; i < 8; i += 1) elapse();
  assert.deepEqual(waits(), [30_000]);
});

test("once answered, the next choice is given two seconds again", () => {
  const made = chooser();
  made.choose();
  elapse();
  made.answered = 2;
  made.patience.look();
  made.choose();
  assert.deepEqual(waits(), [2000]);
});

test("choices that come fast are waited for together", () => {
  const made = chooser();
  made.choose();
  made.choose();
  assert.deepEqual(waits(), [2000]);
});

test("who leaves the page waits no longer", () => {
  const made = chooser();
  made.choose();
  made.patience.stop();
  assert.deepEqual(waits(), []);
});
