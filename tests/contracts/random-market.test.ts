// Long random sequences in a market that moves: what people do with the protocol every day, with
// falling collateral, liquidations, disputes and votes.

import { describe, expect, it } from "vitest";
import { standardCodes } from "./invariants";
import { keepInvariants, notDone } from "./world";

const actions = [
  ["deposit", 60],
  ["withdraw", 40],
  ["claim premiums", 12],
  ["purchase", 110],
  ["settle", 90],
  ["release", 60],
  ["liquidate", 45],
  ["check position", 25],
  ["offer", 35],
  ["accept", 45],
  ["cancel", 6],
  ["dispute", 50],
  ["other dispute", 3],
  ["arbitrate", 90],
  ["withdraw dispute", 8],
  ["award", 60],
  ["contribute", 8],
  ["drain fund", 5],
  ["allocate", 4],
  ["distribute", 8],
  ["new program", 12],
  ["claim rewards", 15],
  ["close program", 10],
  ["stake", 14],
  ["unstake", 10],
  ["propose", 20],
  ["vote", 40],
  ["execute", 30],
  ["market moves", 30],
  ["token falls", 26],
  ["prices return", 26],
  ["feed", 15],
  ["calm oracle", 16],
  ["announce price", 5],
  ["apply price", 8],
  ["veto", 5],
  ["blocks pass", 75],
  ["days pass", 9],
  ["a month passes", 4],
  ["parameter", 6],
  ["configure tier", 8],
] as const;

describe("random sequences in a moving market", () => {
  const { seen, succeeded } = keepInvariants(actions, [
    [20_240_501, 260],
    [7, 260],
  ]);

  it("do all that they are made of", () => expect(notDone(actions, succeeded)).toEqual([]));

  it("meet the codes of everyday life, and no other", () => {
    for (const code of [400, 402, 403, 404]) expect(seen).toContain(code);
    for (const code of seen) expect(standardCodes).toContain(code);
  });
});
