// Steps that the tests of policies, pool, engine and marketplace have in common, on top of the
// bootstrap: who deposits, who buys, how the market moves.

import fs from "node:fs";
import path from "node:path";
import { ClarityType } from "@stacks/transactions";
import {
  admin,
  arbiters,
  bitcoinHeight,
  buyer,
  call,
  type CallResult,
  Cl,
  type ClarityValue,
  cvToString,
  collateralRatio,
  contractId,
  deploy,
  expectOk,
  field,
  fields,
  liquidationThreshold,
  migrate,
  mineBitcoinBlocks,
  provider,
  read,
  setPrice,
  toNumber,
  tokenPrice,
  tokenSymbol,
} from "./helpers";
import { projectFolder, testFolder } from "./paths";

export { setPrice };

export const token = contractId("mock-token");
export const pool = contractId("liquidity-pool");
export const fund = contractId("insurance-fund");
export const engine = contractId("liquidation-engine");
export const registry = contractId("policy-registry");
export const marketplace = contractId("p2p-marketplace");

export const tier = "balanced";
export const evidence = Cl.bufferFromHex("ab".repeat(32));

/** The collateral and the policy of the worked example. */
export const collateral = 10_000_000_000n;
export const example = {
  protectedAmount: 10_000_000n,
  strikePrice: 60_000_000_000n,
  duration: 4_320n,
  riskTier: tier,
  provider,
  token,
  maxPremium: 500_000_000n,
  pool,
};
/** 345 USD of expected payout, times the rate of the tier: see pricing.test.ts. */
export const examplePremium = 465_135_621n;
export const exampleFee = examplePremium / 10n;
export const exampleValue = 6_000_000_000n;
export const exampleLock = 7_200_000_001n;

// --- sources -----------------------------------------------------------------------------------

export const sourceOf = (contract: string): string =>
  fs.readFileSync(path.join(projectFolder, "contracts", `${contract}.clar`), "utf8");

export const hostileSource = (name: string): string =>
  fs.readFileSync(path.join(testFolder, "hostile", `${name}.clar`), "utf8");

/** Deploys one of the contracts in `hostile/`, under its own name unless told otherwise. */
export function deployHostile(name: string, as = name, sender: string = admin): string {
  deploy(as, hostileSource(name), sender);
  return `${sender}.${as}`;
}

/** Puts another contract in the place of a protocol contract, as an upgrade by the admin would. */
export function replaceContract(name: string, by: string): void {
  if (field(read("upgrade-manager", "get-contract-info", [name]), "upgradeable") === "false") {
    expectOk(call("upgrade-manager", "set-upgradeable", [name, true]));
    mineBitcoinBlocks(144);
  }
  migrate(name, by);
  expectOk(call("upgrade-manager", "upgrade-contract", [name, by]));
  keepFresh();
}

/** Deploys another token, with eight decimals and priced like the first unless told otherwise, and lists it. */
export function listToken(name: string, symbol = "ALT", decimals = 8, price = tokenPrice): string {
  deploy(name, sourceOf("mock-token").replace("token-decimals u6", `token-decimals u${decimals}`));
  const id = contractId(name);
  setPrice(symbol, price);
  expectOk(call("liquidity-pool", "add-collateral-token", [id, symbol, collateralRatio, contractId("oracle")]));
  expectOk(call("liquidity-pool", "activate-collateral-token", [id, liquidationThreshold]));
  return id;
}

// --- providers ---------------------------------------------------------------------------------

export const mint = (who: string, amount: bigint): CallResult => call("mock-token", "mint", [amount, who]);

export function deposit(amount: bigint, riskTier = tier, who: string = provider, of = token): CallResult {
  return call("liquidity-pool", "deposit-collateral", [amount, of, riskTier], who);
}

export function withdraw(amount: bigint, riskTier = tier, who: string = provider, of = token): CallResult {
  return call("liquidity-pool", "withdraw-collateral", [amount, of, riskTier], who);
}

/** Gives a provider tokens and deposits them. */
export function provide(amount: bigint = collateral, riskTier = tier, who: string = provider): void {
  expectOk(mint(who, amount));
  expectOk(deposit(amount, riskTier, who));
}

export const positionOf = (who: string = provider, riskTier = tier, of = token): ClarityValue =>
  read("liquidity-pool", "get-position", [who, of, riskTier]);

export const position = (
  amount: bigint,
  locked = 0n,
  obligation = 0n,
  openPolicies = 0n,
  frozen = false,
  escrow = 0n,
  discharged = 0n,
): ClarityValue =>
  Cl.tuple({
    amount: Cl.uint(amount),
    locked: Cl.uint(locked),
    obligation: Cl.uint(obligation),
    "open-policies": Cl.uint(openPolicies),
    frozen: Cl.bool(frozen),
    escrow: Cl.uint(escrow),
    discharged: Cl.uint(discharged),
  });

// --- policies ----------------------------------------------------------------------------------

/** Reports the prices that are about to be too old for a sale again, as feeders do all the time. */
export function keepFresh(symbols: readonly string[] = ["BTC", "STX", tokenSymbol]): void {
  const isStopped = ["oracle-deviation", "action-oracle", "action-all"].some(
    (breaker) => cvToString(read("parameter-contract", "is-circuit-breaker-active", [breaker])) === "true",
  );
  if (isStopped) return;
  for (const symbol of symbols) {
    const info = read("oracle", "get-price-info", [symbol]);
    if (info.type !== ClarityType.OptionalSome) continue;
    if (BigInt(bitcoinHeight()) > toNumber(fields(info)["last-updated"]) + 2n) setPrice(symbol, toNumber(fields(info).price));
  }
}

/** Buys the policy of the worked example, or one that differs from it. */
export function purchase(changes: Partial<typeof example> = {}, sender: string = buyer): CallResult {
  keepFresh();
  return purchaseNow(changes, sender);
}

/** The same at the prices that there are. */
export function purchaseNow(changes: Partial<typeof example> = {}, sender: string = buyer): CallResult {
  const terms = { ...example, ...changes };
  return call(
    "policy-registry",
    "purchase-policy",
    [
      terms.protectedAmount,
      terms.strikePrice,
      terms.duration,
      Cl.stringAscii(terms.riskTier),
      terms.provider,
      terms.token,
      terms.maxPremium,
      terms.pool,
    ],
    sender,
  );
}

export function settle(
  policyId: bigint | number,
  sender: string = buyer,
  through: { pool?: string; token?: string; fund?: string; minPayout?: bigint } = {},
): CallResult {
  return call(
    "policy-registry",
    "settle-policy",
    [policyId, through.minPayout ?? 0n, through.pool ?? pool, through.token ?? token, through.fund ?? fund],
    sender,
  );
}

/** A provider with the collateral of the example, and its policy one block old: settling is possible. */
export function activePolicy(changes: Partial<typeof example> = {}): bigint {
  provide();
  const id = toNumber(expectOk(purchase(changes)));
  mineBitcoinBlocks(1);
  return id;
}

/** Sets every price again, so that none of them is too old. */
export function refreshPrices(btc: bigint, stx: bigint, usd: bigint): void {
  setPrice("BTC", btc);
  setPrice("STX", stx);
  setPrice(tokenSymbol, usd);
}

/** Two arbiters agree; the bond is returned and the award stands. */
export function uphold(disputeId: bigint | number, award: bigint): void {
  expectOk(call("dispute-resolution", "vote-on-dispute", [disputeId, true, award], arbiters[0]));
  expectOk(call("dispute-resolution", "vote-on-dispute", [disputeId, true, award], arbiters[1]), true);
}

// --- stops -------------------------------------------------------------------------------------

export function pause(breaker: string): void {
  expectOk(call("parameter-contract", "activate-circuit-breaker", [breaker]));
}

export function limit(action: string, maxPerPeriod: bigint): void {
  expectOk(call("parameter-contract", "set-rate-limit", [action, maxPerPeriod, 1_000n, 0n]));
}
