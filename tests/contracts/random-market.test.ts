// Long random sequences in a market that moves: what people do with the protocol every day, with
// falling collateral, liquidations, disputes and votes.

import { describe, expect, it } from "vitest";
import { standardCodes } from "./invariants";
import { World } from "./world";

const actions = [
  ["deposit", 60],
  ["withdraw", 40],
  ["claim premiums", 12],
  ["purchase", 110],
  ["settle", 90],
  ["release", 60],
  ["liquidate", 45],
  ["check position", 15],
  ["offer", 35],
  ["accept", 45],
  ["cancel", 6],
  ["dispute", 50],
  ["other dispute", 3],
  ["arbitrate", 90],
  ["withdraw dispute", 3],
  ["award", 60],
  ["contribute", 8],
  ["drain fund", 5],
  ["allocate", 4],
  ["distribute", 8],
  ["new program", 8],
  ["claim rewards", 15],
  ["close program", 6],
  ["stake", 12],
  ["unstake", 10],
  ["propose", 10],
  ["vote", 20],
  ["execute", 12],
  ["market moves", 30],
  ["token falls", 26],
  ["prices return", 26],
  ["feed", 15],
  ["calm oracle", 16],
  ["announce price", 2],
  ["apply price", 2],
  ["veto", 2],
  ["blocks pass", 75],
  ["parameter", 6],
  ["configure tier", 8],
] as const;

describe("random sequences in a moving market", () => {
  const seen = new Set<number>();
  const succeeded = new Map<string, number>();

  for (const [seed, length] of [
    [20_240_501, 420],
    [7, 420],
  ]) {
    it(`keep every invariant, seed ${seed}`, { timeout: 300_000 }, async () => {
      const world = await World.create(seed, actions);
      world.run(length);
      for (const [name, count] of world.succeeded) succeeded.set(name, (succeeded.get(name) ?? 0) + count);
      for (const code of world.codes) seen.add(code);
    });
  }

  it("do something of everything: a sequence in which nothing succeeds shows nothing", () => {
    for (const name of ["deposit", "withdraw", "purchase", "settle", "liquidate", "offer", "accept", "dispute", "arbitrate", "award", "release"]) {
      expect(succeeded.get(name) ?? 0, name).toBeGreaterThan(0);
    }
  });

  it("meet the codes of everyday life, and no other", () => {
    for (const code of [400, 402, 403, 404]) expect(seen).toContain(code);
    for (const code of seen) expect(standardCodes).toContain(code);
  });
});
