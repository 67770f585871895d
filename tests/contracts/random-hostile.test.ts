// Long random sequences among enemies: a token that steals and lies, a fund that pretends to pay,
// strangers who knock at every door, and operators who pause and resume.

import { describe, expect, it } from "vitest";
import { standardCodes } from "./invariants";
import { keepInvariants, notDone } from "./world";

const actions = [
  ["deposit", 60],
  ["withdraw", 50],
  ["claim premiums", 12],
  ["purchase", 90],
  ["settle", 90],
  ["release", 20],
  ["liquidate", 25],
  ["check position", 25],
  ["offer", 20],
  ["accept", 25],
  ["dispute", 30],
  ["arbitrate", 50],
  ["award", 25],
  ["contribute", 6],
  ["drain fund", 6],
  ["fund minimum", 4],
  ["distribute", 6],
  ["take reserve", 6],
  ["stake", 8],
  ["unstake", 8],
  ["hostile deposit", 10],
  ["hostile purchase", 20],
  ["refused settlement", 20],
  ["claim in STX", 10],
  ["market moves", 20],
  ["token falls", 20],
  ["prices return", 25],
  ["blocks pass", 45],
  ["days pass", 3],
  ["flip breaker", 18],
  ["all clear", 14],
  ["emergency", 22],
  ["end emergency", 8],
  ["parameter", 5],
  ["configure tier", 8],
  ["list token", 12],
  ["rate limit", 8],
  ["change the hostile token", 60],
  ["collect claim", 20],
  ["calm oracle", 10],
  ["swap the fund", 8],
  ["uninvited money", 12],
  ["knock at a door", 30],
  ["anything", 90],
] as const;

describe("random sequences among enemies", () => {
  const { seen, succeeded } = keepInvariants(actions, [
    [1_337, 300],
    [42, 300],
  ]);

  it("do all that they are made of, enemies about or not", () => expect(notDone(actions, succeeded)).toEqual([]));

  it("meet the codes of bad times, and none but the six", () => {
    for (const code of standardCodes.filter((code) => code !== 429)) expect(seen).toContain(code);
    for (const code of seen) expect(standardCodes).toContain(code);
  });
});
