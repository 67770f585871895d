// Providers do not lose on average, and buyers do not pay twice what protection is worth: for every
// duration, strike and tier of a grid, with the premiums that the contracts ask for and 200 paths of a
// price with 50 % yearly volatility. `UPDATE_ECONOMICS=1` writes the table anew.

import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { btcPrice, expectOk, freshProtocol, read, seededRandom, toNumber } from "./helpers";
import { projectFolder } from "./paths";

const document = path.join(projectFolder, "contracts", "ECONOMICS.md");
const durations = [144, 1_008, 4_320, 17_280, 52_560];
const strikes = [70, 80, 90, 95, 100];
const tiers = ["conservative", "balanced", "aggressive"];
const pathCount = 200;
const grace = 36;
const volatility = 0.5;
const feeShare = 0.1;
const spot = Number(btcPrice) / 1e6;

/** The quantile of the standard normal: the inverse of an approximation would do, bisection is exact. */
function quantile(probability: number): number {
  let [low, high] = [-9, 9];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (distribution(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The distribution of the standard normal, by the series of its integral. */
function distribution(x: number): number {
  if (Math.abs(x) > 7) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + sum * (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
}

/**
 * Standard normal moves of the paths: a hundred equally likely slices with two paths each, which mirror each
 * other within their slice. A plain sample of this size would say more about its seed than about the premium.
 */
function moves(seed: number): number[] {
  const random = seededRandom(seed);
  const slices = pathCount / 2;
  return Array.from({ length: slices }, (_, slice) => {
    const within = (random(1_000_000) + 0.5) / 1_000_000;
    return [quantile((slice + within) / slices), quantile((slice + 1 - within) / slices)];
  }).flat();
}

type Row = { duration: number; strike: number; tier: string; premium: number; payout: number; fair: number };

function simulate(duration: number, percent: number, tier: string, seed: number): Row {
  const strike = (spot * percent) / 100;
  const quoted = read("policy-registry", "quote-premium", [100_000_000n, BigInt(strike) * 1_000_000n, BigInt(duration), tier]);
  const premium = Number(toNumber(expectOk(quoted))) / 1e6;
  // The owner may choose until the grace period is over.
  const deviation = volatility * Math.sqrt((duration + grace) / 52_560);
  // A strike far below is rarely reached: the paths are drawn around it, and weigh what they are worth.
  const shift = -Math.max(0, (Math.log(spot / strike) - (deviation * deviation) / 2) / deviation);
  const payouts = moves(seed).map((move) => {
    const end = spot * Math.exp(deviation * (move + shift) - (deviation * deviation) / 2);
    return Math.max(0, strike - end) * Math.exp(-shift * move - (shift * shift) / 2);
  });
  const d = (Math.log(spot / strike) + (deviation * deviation) / 2) / deviation;
  const fair = strike * distribution(deviation - d) - spot * distribution(-d);
  return { duration, strike: percent, tier, premium, payout: payouts.reduce((a, b) => a + b, 0) / pathCount, fair };
}

let rows: Row[] = [];

beforeAll(async () => {
  await freshProtocol();
  let seed = 1;
  rows = durations.flatMap((duration) =>
    strikes.flatMap((percent) => tiers.map((tier) => simulate(duration, percent, tier, seed++))),
  );
});

describe("over the grid", () => {
  it("the provider's part of the premium is more than is paid out on average", () => {
    for (const row of rows) {
      expect(row.premium * (1 - feeShare), JSON.stringify(row)).toBeGreaterThan(row.payout);
    }
  });

  it("the premium is less than twice the fair price, but for the least premium", () => {
    for (const row of rows) expect(row.premium, JSON.stringify(row)).toBeLessThan(2 * row.fair + 1.000001);
  });

  it("a dearer tier earns its provider more", () => {
    for (const [at, row] of rows.entries()) {
      if (row.tier === "conservative") expect(rows[at + 1].premium >= row.premium && rows[at + 2].premium >= rows[at + 1].premium).toBe(true);
    }
  });

  it("the table is the one that is documented", () => {
    const cells = rows.map(({ duration, strike, tier, premium, payout, fair }) =>
      [duration, `${strike} %`, tier, premium.toFixed(2), (premium * (1 - feeShare)).toFixed(2), payout.toFixed(2), fair.toFixed(2)].join(" | "),
    );
    const text = `# What protection costs, and what it pays

Protection of one BTC at 60 000 USD with STX at one USD: the premium that the contracts ask for, the provider's part of it,
the average payout over ${pathCount} seeded paths with 50 % yearly volatility, and the value by Black and Scholes, in USD. The owner
chooses until the end of the grace period. Written by \`tests/contracts/economics.test.ts\`, which asserts that the provider's part
is more than the payout, and the premium less than twice the value and the least premium.

| Blocks | Strike | Tier | Premium | Provider | Payout | Value |
| --- | --- | --- | --- | --- | --- | --- |
${cells.map((cell) => `| ${cell} |`).join("\n")}
`;
    if (process.env.UPDATE_ECONOMICS === "1") fs.writeFileSync(document, text);
    expect(fs.readFileSync(document, "utf8")).toBe(text);
  });
});
