// The part of vitest that the tests of the contracts use, for mutation testing: everything in one process that stays
// warm. A process for every fault would spend most of its time on loading the simnet.

import { format } from "node:util";
import * as chai from "chai";
import { JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

let running = { testPath: "", currentTestName: undefined };
// `expect.arrayContaining` and its like are methods of chai's own `expect`.
export const expect = Object.assign((value, message) => chai.expect(value, message), chai.expect, {
  getState: () => running,
});

// --- collecting --------------------------------------------------------------------------------

const hooks = { beforeAll: [], beforeEach: [], afterAll: [] };
const suite = (name) => ({ name, beforeAll: [], beforeEach: [], afterAll: [], tests: [], suites: [] });
/** What is registered outside of any file is for every file, as a set-up file's hooks are. */
let open = hooks;

export const beforeAll = (hook) => open.beforeAll.push(hook);
export const beforeEach = (hook) => open.beforeEach.push(hook);
export const afterAll = (hook) => open.afterAll.push(hook);

export function describe(name, body) {
  const around = open;
  open = suite(name);
  around.suites.push(open);
  body();
  open = around;
}

export function it(name, ...rest) {
  open.tests.push({ name, body: rest.find((part) => typeof part === "function") });
}

const each = (add) => (rows) => (name, body) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? row : [row];
    const placeholders = name.match(/%[sdif]/g)?.length ?? 0;
    add(format(name, ...values.slice(0, placeholders)), () => body(...values));
  }
};
describe.each = each(describe);
it.each = each(it);

/** The tests of a file, which `load` imports. */
export async function collect(file, load) {
  const root = suite("");
  open = root;
  await load();
  open = hooks;
  return { file, ...root };
}

const named = (parent, name) => (parent ? `${parent} > ${name}` : name);

/** The full names of all tests below a suite. */
export const namesOf = (of, parent = "") => [
  ...of.tests.map(({ name }) => named(parent, name)),
  ...of.suites.flatMap((inner) => namesOf(inner, named(parent, inner.name))),
];

// --- running -----------------------------------------------------------------------------------

/** Runs those tests of a file that are wanted until one fails, and returns what failed, or null. */
export async function run(tests, isWanted) {
  const inherited = hooks.beforeEach;
  const root = { ...tests, afterAll: [...tests.afterAll, ...hooks.afterAll] };
  running = { testPath: tests.file, currentTestName: undefined };
  return runSuite(root, "", inherited, isWanted);
}

async function runSuite(of, parent, inherited, isWanted) {
  if (!namesOf(of, parent).some(isWanted)) return null;
  const before = [...inherited, ...of.beforeEach];
  let failed = null;
  try {
    for (const hook of of.beforeAll) await hook();
    for (const { name, body } of of.tests) {
      const full = named(parent, name);
      if (!isWanted(full)) continue;
      running = { ...running, currentTestName: full };
      try {
        for (const hook of before) await hook();
        await body();
      } catch (error) {
        failed = { test: full, error };
        break;
      }
    }
    for (const inner of of.suites) failed ??= await runSuite(inner, named(parent, inner.name), before, isWanted);
  } catch (error) {
    failed ??= { test: parent, error };
  }
  running = { ...running, currentTestName: undefined };
  for (const hook of of.afterAll) await hook();
  return failed;
}
