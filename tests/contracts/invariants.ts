// The invariants that hold after every call, whoever made it. They are written down once and checked
// against what the contracts have stored and what the chain's ledger says.

import { expect } from "vitest";
import { ClarityType, cvToString } from "@stacks/transactions";
import { simnet } from "./chain";
import { Cl, contractId, printed, stxBalance, type CallResult } from "./helpers";
import { entry, ledgerBalance, number, plain, variable, type Row } from "./state";

export const standardCodes = [400, 402, 403, 404, 429, 503];

export type Token = { id: string; asset: string; honest: boolean };

/** What the checks need to know about the world besides the chain. */
export type Ledger = {
  accounts: readonly string[];
  tokens: readonly Token[];
  tiers: readonly string[];
  /** uSTX that somebody sent to a contract uninvited, by contract. */
  uninvited: Map<string, bigint>;
  /** The status that each policy had when it was last looked at. */
  statuses: Map<bigint, string>;
};

const sum = (numbers: Iterable<bigint>): bigint => [...numbers].reduce((a, b) => a + b, 0n);

// --- after every call --------------------------------------------------------------------------

/** The code of an `(err ...)`, or null. Every code is one of the standard six. */
export function checkedCode(outcome: CallResult): number | null {
  const { result } = outcome;
  if (result.type === ClarityType.ResponseOk) return null;
  if (result.type !== ClarityType.ResponseErr || result.value.type !== ClarityType.UInt) {
    throw new Error(`neither (ok ...) nor (err uint): ${cvToString(result)}`);
  }
  const code = Number(result.value.value);
  expect(standardCodes, `(err u${code})`).toContain(code);
  return code;
}

type Flow = { asset: string; from: string; to: string; amount: bigint };

function transfers(outcome: CallResult): Flow[] {
  return outcome.events.flatMap(({ event, data }): Flow[] => {
    const { sender, recipient, amount, asset_identifier } = data as Record<string, string>;
    if (event === "stx_transfer_event") return [{ asset: "STX", from: sender, to: recipient, amount: BigInt(amount) }];
    if (event === "ft_transfer_event") {
      return [{ asset: asset_identifier.split("::")[0], from: sender, to: recipient, amount: BigInt(amount) }];
    }
    return [];
  });
}

type Payment = { asset: string; amount: bigint };

const stx = (name: string) => (event: Row): Payment[] => [{ asset: "STX", amount: event[name] as bigint }];
const tokens = (event: Row): Payment[] => [{ asset: event.token as string, amount: event.amount as bigint }];

/** The outgoing transfers that a contract of the protocol announces by an event: what it pays, and in which asset. */
const announced: Record<string, (event: Row) => Payment[]> = {
  "liquidity-pool/premiums-claimed": stx("amount"),
  "liquidity-pool/collateral-withdrawn": tokens,
  "liquidity-pool/claim-collected": tokens,
  "liquidity-pool/claim-settled": (event) => [
    {
      asset: entry("policy-registry", "policies", { "policy-id": event["policy-id"] as bigint })?.["collateral-token"] as string,
      amount: event.paid as bigint,
    },
    { asset: "STX", amount: event["paid-stx"] as bigint },
  ],
  "insurance-fund/shortfall-covered": stx("amount"),
  "insurance-fund/surplus-withdrawn": stx("amount"),
  "treasury/allocation-distributed": stx("amount"),
  "treasury/reserve-withdrawn": stx("amount"),
  "incentives/rewards-claimed": stx("amount"),
  "incentives/program-closed": stx("returned"),
  "governance/unstaked": stx("amount"),
  "dispute-resolution/dispute-resolved": (event) => [
    {
      asset: "STX",
      amount: number(entry("dispute-resolution", "dispute-details", { "dispute-id": event["dispute-id"] as bigint }), "bond"),
    },
  ],
};

/**
 * Nothing leaves a contract of the protocol but what the contract announces: to the unit, asset by
 * asset. A dishonest token may move less than it was asked to, never more.
 */
export function checkOutflows(outcome: CallResult, protocol: readonly string[], tokens: readonly Token[]): void {
  const events = printed(outcome)
    .filter(({ value }) => value.type === ClarityType.Tuple)
    .map(({ contract, value }) => ({ contract, event: plain(value) as Row }));
  const flows = transfers(outcome);
  const promised = new Map<string, bigint>();
  const add = (map: Map<string, bigint>, key: string, amount: bigint) => map.set(key, (map.get(key) ?? 0n) + amount);
  for (const { contract, event } of events) {
    for (const payment of announced[`${contract}/${String(event.event)}`]?.(event) ?? []) {
      add(promised, `${contractId(contract)} ${payment.asset}`, payment.amount);
      // The registry forwards what the fund pays, and nothing else.
      if (contract === "insurance-fund" && event.event === "shortfall-covered") {
        add(promised, `${contractId("policy-registry")} STX`, payment.amount);
      }
    }
  }
  const left = new Map<string, bigint>();
  for (const { asset, from, amount } of flows) {
    if (protocol.includes(from)) add(left, `${from} ${asset}`, amount);
  }
  for (const key of new Set([...promised.keys(), ...left.keys()])) {
    const [moved, allowed] = [left.get(key) ?? 0n, promised.get(key) ?? 0n];
    const dishonest = tokens.some((token) => !token.honest && key.endsWith(` ${token.id}`));
    if (dishonest) expect(moved <= allowed, `${key}: ${moved} left, ${allowed} announced`).toBe(true);
    else expect(moved, `what left: ${key}`).toBe(allowed);
  }
}

/** What was paid for a policy never exceeds what it is worth. */
export function checkSettlement(policyId: bigint, outcome: CallResult): void {
  const claim = printed(outcome)
    .map(({ value }) => plain(value) as Row)
    .find((event) => event.event === "claim-settled");
  const policy = entry("policy-registry", "policies", { "policy-id": policyId }) as Row;
  const settlement = entry("policy-registry", "policy-settlements", { "policy-id": policyId }) as Row;
  const token = entry("liquidity-pool", "supported-collateral-tokens", { "token-contract": policy["collateral-token"] as string }) as Row;
  const price = number(entry("oracle", "prices", { symbol: Cl.stringAscii(token.symbol as string) }), "price");
  const paid = ((claim?.paid as bigint) * price) / 10n ** (token.decimals as bigint);
  const payout = settlement.payout as bigint;
  expect(paid + (settlement.covered as bigint) <= payout, `policy ${policyId}: ${paid} in tokens of ${payout}`).toBe(true);
  expect(payout <= (policy["protected-value"] as bigint)).toBe(true);
  expect((settlement.covered as bigint) <= (settlement.shortfall as bigint)).toBe(true);
}

export function checkAward(policyId: bigint, covered: bigint): void {
  const policy = entry("policy-registry", "policies", { "policy-id": policyId }) as Row;
  const settlement = entry("policy-registry", "policy-settlements", { "policy-id": policyId }) as Row;
  const paid = (settlement.payout as bigint) - (settlement.shortfall as bigint) + (settlement.covered as bigint);
  const awarded = number(entry("policy-registry", "policy-disputes", { "policy-id": policyId }), "awarded");
  expect(covered <= awarded).toBe(true);
  expect(paid + awarded <= (policy["protected-value"] as bigint), `policy ${policyId}: ${paid} and ${covered}`).toBe(true);
}

/** A policy is never sold into a position that does not carry it: the whole of it stays at its ratio. */
export function checkBacking(policyId: bigint): void {
  const lock = entry("liquidity-pool", "policy-locks", { "policy-id": policyId }) as Row;
  const key = { provider: lock.provider as string, "token-contract": lock["token-contract"] as string };
  const position = entry("liquidity-pool", "positions", { ...key, "risk-tier": Cl.stringAscii(lock["risk-tier"] as string) });
  const token = entry("liquidity-pool", "supported-collateral-tokens", { "token-contract": key["token-contract"] }) as Row;
  const price = number(entry("oracle", "prices", { symbol: Cl.stringAscii(token.symbol as string) }), "price");
  const value = (number(position, "amount") * price) / 10n ** (token.decimals as bigint);
  const needed = number(position, "obligation") * (token["collateralization-ratio"] as bigint);
  expect(value * 1_000_000n >= needed, `policy ${policyId} is backed by ${value} at a need of ${needed}`).toBe(true);
}

/** What could be settled is not released: the deadline before the call has passed. */
export function checkRelease(policyId: bigint, deadline: bigint): void {
  expect(BigInt(simnet.burnBlockHeight) > deadline, `policy ${policyId} was released before ${deadline}`).toBe(true);
}

// --- the whole state ---------------------------------------------------------------------------

export function checkState(ledger: Ledger): void {
  checkPool(ledger);
  checkRegistry(ledger);
  checkTreasury(ledger);
  checkIncentives(ledger);
  checkGovernance(ledger);
  checkDisputes(ledger);
}

const own = (contract: string, ledger: Ledger): bigint =>
  stxBalance(contractId(contract)) - (ledger.uninvited.get(contractId(contract)) ?? 0n);

type Lock = { provider: string; token: string; tier: string; amount: bigint; obligation: bigint };

function checkPool(ledger: Ledger): void {
  const locks: Lock[] = [];
  const utilization = new Map<string, bigint>(ledger.tiers.map((tier) => [tier, 0n]));
  const lastPolicy = variable("policy-registry", "last-policy-id") as bigint;
  for (let id = 1n; id <= lastPolicy; id++) {
    const lock = entry("liquidity-pool", "policy-locks", { "policy-id": id });
    const policy = entry("policy-registry", "policies", { "policy-id": id });
    const backed = policy?.pool === contractId("liquidity-pool") && policy.status === "active";
    expect(lock !== null, `policy ${id} has a lock while it is active`).toBe(backed);
    if (!lock) continue;
    const overflow = lock["overflow-amount"] as bigint;
    const add = (tier: string, amount: bigint) => utilization.set(tier, (utilization.get(tier) ?? 0n) + amount);
    add(lock["risk-tier"] as string, (lock.obligation as bigint) - overflow);
    if (lock["overflow-tier"] !== null) add(lock["overflow-tier"] as string, overflow);
    locks.push({
      provider: lock.provider as string,
      token: lock["token-contract"] as string,
      tier: lock["risk-tier"] as string,
      amount: lock.amount as bigint,
      obligation: lock.obligation as bigint,
    });
  }
  for (const [tier, obligations] of utilization) {
    const stored = entry("liquidity-pool", "tier-isolation-settings", { "tier-name": Cl.stringAscii(tier) });
    expect(number(stored, "current-utilization"), `utilization of ${tier}`).toBe(obligations);
  }

  const totals = new Map<string, bigint>();
  for (let id = 1n; id <= lastPolicy; id++) {
    const claim = entry("liquidity-pool", "unpaid-claims", { "policy-id": id, registry: contractId("policy-registry") });
    if (!claim) continue;
    const token = claim["token-contract"] as string;
    totals.set(token, (totals.get(token) ?? 0n) + (claim.amount as bigint));
  }
  let premiums = 0n;
  for (const provider of ledger.accounts) {
    premiums += number(entry("liquidity-pool", "premium-balances", { provider }), "amount");
    const keys = (entry("liquidity-pool", "provider-positions", { provider })?.keys ?? []) as Row[];
    const listed = new Set(keys.map((key) => `${key["token-contract"]} ${key["risk-tier"]}`));
    expect(listed.size, `positions of ${provider} are listed once`).toBe(keys.length);
    for (const token of ledger.tokens) {
      for (const tier of ledger.tiers) {
        const key = { provider, "token-contract": token.id, "risk-tier": Cl.stringAscii(tier) };
        const position = entry("liquidity-pool", "positions", key);
        const name = `${provider} ${token.id} ${tier}`;
        expect(listed.has(`${token.id} ${tier}`), `${name} is listed`).toBe(position !== null);
        const backing = locks.filter((lock) => lock.provider === provider && lock.token === token.id && lock.tier === tier);
        expect(number(position, "open-policies"), `open policies of ${name}`).toBe(BigInt(backing.length));
        if (!position) continue;
        checkPosition(name, position, backing);
        totals.set(token.id, (totals.get(token.id) ?? 0n) + (position.amount as bigint));
        premiums += position.escrow as bigint;
      }
    }
  }
  for (const token of ledger.tokens) {
    const total = number(entry("liquidity-pool", "token-totals", { "token-contract": token.id }), "amount");
    expect(total, `total of ${token.id}`).toBe(totals.get(token.id) ?? 0n);
    const held = ledgerBalance(token.asset, contractId("liquidity-pool"));
    if (token.honest) expect(held >= total, `the pool holds ${held} of ${total} ${token.id}`).toBe(true);
  }
  expect(own("liquidity-pool", ledger), "STX of the pool").toBe(premiums);
}

function checkPosition(name: string, position: Row, backing: Lock[]): void {
  const [amount, locked, obligation, escrow, discharged] = [
    position.amount,
    position.locked,
    position.obligation,
    position.escrow,
    position.discharged,
  ] as bigint[];
  expect(locked <= amount, `${name}: ${locked} locked of ${amount}`).toBe(true);
  const lockedFor = sum(backing.map((lock) => lock.amount));
  const owed = sum(backing.map((lock) => lock.obligation));
  expect(obligation + discharged, `${name} owes what its policies say`).toBe(owed);
  expect(locked <= lockedFor, name).toBe(true);
  if (backing.length === 0) {
    expect([locked, escrow, discharged, position.frozen], `${name} backs nothing`).toEqual([0n, 0n, 0n, false]);
    expect(amount > 0n, `${name} is not empty`).toBe(true);
  }
  // Only a liquidation takes from a lock.
  if (discharged === 0n && escrow === 0n && !position.frozen) expect(locked, name).toBe(lockedFor);
}

function checkRegistry(ledger: Ledger): void {
  expect(own("policy-registry", ledger), "STX of the registry").toBe(0n);
  for (const token of ledger.tokens) {
    expect(ledgerBalance(token.asset, contractId("policy-registry")), `${token.id} of the registry`).toBe(0n);
  }
  const last = variable("policy-registry", "last-policy-id") as bigint;
  expect(entry("policy-registry", "policies", { "policy-id": last + 1n })).toBeNull();
  for (let id = 1n; id <= last; id++) {
    const policy = entry("policy-registry", "policies", { "policy-id": id });
    const status = policy?.status as string;
    const before = ledger.statuses.get(id) ?? "active";
    expect(["active", "settled", "expired"], `status of policy ${id}`).toContain(status);
    if (before !== "active") expect(status, `status of policy ${id}`).toBe(before);
    const settlement = entry("policy-registry", "policy-settlements", { "policy-id": id });
    expect(settlement !== null, `policy ${id} has a settlement`).toBe(status === "settled");
    ledger.statuses.set(id, status);
  }
}

function checkTreasury(ledger: Ledger): void {
  const ids = variable("treasury", "allocation-ids") as string[];
  const balances = ids.map((id) =>
    number(entry("treasury", "allocation-balances", { "allocation-id": Cl.stringAscii(id) }), "balance"),
  );
  expect(own("treasury", ledger), "STX of the treasury").toBe((variable("treasury", "reserve") as bigint) + sum(balances));
}

/** The ids that the actions use for reward programs. */
export const programIds = ["program-0", "program-1", "program-2", "program-3", "program-4", "program-5"];

function checkIncentives(ledger: Ledger): void {
  const open = programIds.map((id) => {
    const program = entry("incentives", "incentive-programs", { "program-id": Cl.stringAscii(id) });
    if (!program?.active) return 0n;
    return number(entry("incentives", "program-accounting", { "program-id": Cl.stringAscii(id) }), "remaining");
  });
  expect(own("incentives", ledger), "STX of the incentives").toBe(sum(open));
}

function checkGovernance(ledger: Ledger): void {
  const stakes = ledger.accounts.map((voter) => number(entry("governance", "stakes", { voter }), "amount"));
  expect(variable("governance", "total-staked"), "total of the stakes").toBe(sum(stakes));
  expect(own("governance", ledger), "STX of the governance").toBe(sum(stakes));
}

function checkDisputes(ledger: Ledger): void {
  const last = variable("dispute-resolution", "last-dispute-id") as bigint;
  let bonds = 0n;
  for (let id = 1n; id <= last; id++) {
    if (entry("dispute-resolution", "disputes", { "dispute-id": id })?.status !== "pending") continue;
    bonds += number(entry("dispute-resolution", "dispute-details", { "dispute-id": id }), "bond");
  }
  expect(own("dispute-resolution", ledger), "STX of the disputes").toBe(bonds);
}

export const ledgerOf = (ledger: Omit<Ledger, "uninvited" | "statuses">): Ledger => ({
  ...ledger,
  uninvited: new Map(),
  statuses: new Map(),
});

/** Keeps the books of STX that reach a contract without its asking. */
export function sendUninvited(ledger: Ledger, amount: bigint, to: string, from: string): void {
  simnet.transferSTX(amount, to, from);
  ledger.uninvited.set(to, (ledger.uninvited.get(to) ?? 0n) + amount);
}
