// A world of people who use the protocol, abuse it, and run it, one random step after another. Every
// step is a call with arguments that are right more often than not; what must hold after each of them
// is in invariants.ts.

import { expect, it } from "vitest";
import {
  accountNames,
  address,
  admin,
  arbiters,
  bitcoinHeight,
  btcPrice,
  call,
  type CallResult,
  Cl,
  collateralRatio,
  cvToString,
  contractId,
  deploy,
  errContractPaused,
  errUnauthorized,
  eventNames,
  expectOk,
  feeder,
  freshProtocol,
  guardians,
  haltProcedure,
  liquidationThreshold,
  mineBitcoinBlocks,
  printed,
  protocolContracts,
  read,
  seededRandom,
  stxBalance,
  stxPrice,
  tokenPrice,
  tokenSymbol,
  toNumber,
} from "./helpers";
import { anyArguments, pick, publicFunctions, type Random } from "./fuzz";
import {
  checkAward,
  checkBacking,
  checkRelease,
  checkedCode,
  checkOutflows,
  checkSettlement,
  checkState,
  ledgerOf,
  programIds,
  sendUninvited,
  type Ledger,
  type Token,
} from "./invariants";
import { deployHostile, engine, evidence, fund, pool, replaceContract, sourceOf, token } from "./scenario";
import { entry, ledgerBalance, number, plain, variable, type Row } from "./state";

const tiers = ["conservative", "balanced", "aggressive"];
const wallets = accountNames.filter((name) => name !== "deployer").map((name) => address[name]);
const protocol = protocolContracts.map(contractId);
const oracle = contractId("oracle");

const tokens: (Token & { symbol: string; price: bigint; unit: bigint })[] = [
  { id: token, asset: ".mock-token.mock", honest: true, symbol: tokenSymbol, price: tokenPrice, unit: 1_000_000n },
  {
    id: contractId("second-token"),
    asset: ".second-token.mock",
    honest: true,
    symbol: "ALT",
    price: 5_000_000n,
    unit: 100_000_000n,
  },
  {
    id: contractId("hostile-token"),
    asset: ".hostile-token.bad",
    honest: false,
    symbol: "BAD",
    price: 2_000_000n,
    unit: 1_000_000n,
  },
];

const everybody = [...Object.values(address), ...protocol, ...tokens.map(({ id }) => id)];

/** What the hostile token may do. One mode is missing: calling the pool's running function again aborts the call. */
const modes = ["honest", "honest", "steal-stx", "steal-token", "take-more", "claim-premiums", "deposit", "purchase", "stake", "refuse", "pretend"];

type Position = { provider: string; token: string; tier: string; free: bigint; underwater: boolean };

export type Step = { name: string; outcome: CallResult | null };

/** What happens in a world, and how often. */
export type Actions = readonly (readonly [keyof typeof steps, number])[];

/** The seeds and lengths of the worlds of a test file. `LONG_WORLDS=10` asks for ten of 2,000 steps instead. */
function seeds(usual: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const long = Number(process.env.LONG_WORLDS ?? 0);
  return long > 0 ? Array.from({ length: long }, (_, at) => [1_000 + at, 2_000] as const) : usual;
}

export class World {
  readonly random: Random;
  readonly ledger: Ledger;
  /** How often each action succeeded, and which codes were seen. */
  readonly succeeded = new Map<string, number>();
  readonly codes = new Set<number>();
  private hostileFund = "";
  private hostilePool = "";
  private hostileEngine = "";
  private readonly functions;

  private constructor(
    seed: number,
    private readonly actions: Actions,
  ) {
    this.random = seededRandom(seed);
    this.functions = publicFunctions();
    this.ledger = ledgerOf({
      // Everybody who can be a signer: people, and the pool while it calls a token.
      accounts: [...Object.values(address), pool],
      tokens,
      tiers,
    });
  }

  static async create(seed: number, actions: Actions): Promise<World> {
    await freshProtocol();
    const world = new World(seed, actions);
    world.settle();
    return world;
  }

  /** Lists the tokens and gives everybody some of each. */
  private settle(): void {
    deploy("second-token", sourceOf("mock-token").replace("token-decimals u6", "token-decimals u8"));
    deployHostile("hostile-token");
    deployHostile("outsider");
    deployHostile("implementation");
    this.hostileFund = deployHostile("hostile-fund");
    this.hostilePool = deployHostile("hostile-pool");
    this.hostileEngine = deployHostile("hostile-engine");
    for (const { id, symbol, price } of tokens.slice(1)) {
      expectOk(call("oracle", "set-price", [symbol, price]));
      expectOk(call("liquidity-pool", "add-collateral-token", [id, symbol, collateralRatio, oracle]));
      expectOk(call("liquidity-pool", "activate-collateral-token", [id, liquidationThreshold]));
    }
    for (const { id, unit } of tokens) {
      for (const who of wallets) expectOk(call(id.split(".")[1], "mint", [20_000n * unit, who]));
    }
    // Tight tiers, so that obligations overflow from the beginning.
    for (const [name, capacity, behavior] of [
      ["conservative", 3_000_000_000n, "proportional"],
      ["balanced", 5_000_000_000n, "next-tier"],
    ] as const) {
      expectOk(call("liquidity-pool", "configure-tier", [name, capacity, false, behavior]));
    }
    // Short windows, so that a sequence reaches their ends.
    for (const [parameter, value] of [["dispute-window", 200n]] as const) {
      expectOk(call("parameter-contract", "set-parameter", [parameter, value]));
    }
  }

  // --- choices ---------------------------------------------------------------------------------

  chance = (percent: number): boolean => this.random(100) < percent;
  wallet = (): string => pick(this.random, wallets);
  tier = (): string => (this.chance(97) ? pick(this.random, tiers) : "unheard-of");
  token = () => pick(this.random, this.chance(75) ? tokens.slice(0, 2) : tokens);
  amount = (unit: bigint): bigint => (this.chance(4) ? 0n : (BigInt(1 + this.random(5_000)) * unit) / 2n);
  protectedAmount = (): bigint => (this.chance(4) ? 0n : BigInt(1 + this.random(60)) * 200_000n);
  strike = (): bigint => {
    const spot = number(entry("oracle", "prices", { symbol: "BTC" }), "price");
    return (spot * BigInt(this.chance(92) ? 700 + this.random(301) : 300 + this.random(900))) / 1_000n;
  };
  duration = (): bigint => BigInt(this.chance(95) ? 144 + this.random(300) : this.random(200));

  newestOr(contract: string, name: string): bigint {
    const last = variable(contract, name) as bigint;
    if (last === 0n || this.chance(3)) return last + 1n;
    // The newer ones are the likelier to be open.
    const back = this.chance(70) ? this.random(12) : this.random(Number(last));
    return last > BigInt(back) ? last - BigInt(back) : 1n;
  }

  /** Usually one of the entries that an action is made for, if there is one, and any of them otherwise. */
  oneOf(contract: string, last: string, map: string, key: string, suits: (row: Row, id: bigint) => boolean): bigint {
    const suitable: bigint[] = [];
    if (this.chance(88)) {
      const newest = variable(contract, last) as bigint;
      for (let id = newest; id > 0n && id > newest - 60n; id--) {
        const row = entry(contract, map, { [key]: id });
        if (row && suits(row, id)) suitable.push(id);
      }
    }
    return suitable.length > 0 ? pick(this.random, suitable) : this.newestOr(contract, last);
  }

  policyId = (suits: (policy: Row, id: bigint) => boolean = () => true): bigint =>
    this.oneOf("policy-registry", "last-policy-id", "policies", "policy-id", suits);
  disputeId = (): bigint =>
    this.oneOf("dispute-resolution", "last-dispute-id", "disputes", "dispute-id", ({ status }) => status === "pending");
  offerId = (): bigint =>
    this.oneOf("p2p-marketplace", "last-offer-id", "offers", "offer-id", (row) => {
      const [strike, spot] = [row["strike-price"] as bigint, this.spot("BTC")];
      return row.status === "open" && strike <= spot && 2n * strike >= spot && !hasPassed(row["valid-until"]);
    });

  spot = (symbol: string): bigint => number(entry("oracle", "prices", { symbol: Cl.stringAscii(symbol) }), "price");

  /** The positions of all wallets with their value. */
  positions(): Position[] {
    const prices = new Map(tokens.map(({ symbol }) => [symbol, this.spot(symbol)]));
    return wallets.flatMap((provider) => {
      const keys = (entry("liquidity-pool", "provider-positions", { provider })?.keys ?? []) as Row[];
      return keys.map((key) => {
        const of = tokens.find(({ id }) => id === key["token-contract"]) ?? tokens[0];
        const tier = key["risk-tier"] as string;
        const row = entry("liquidity-pool", "positions", { provider, "token-contract": of.id, "risk-tier": Cl.stringAscii(tier) });
        const [amount, locked, obligation] = ["amount", "locked", "obligation"].map((name) => number(row, name));
        const value = (units: bigint) => (units * (prices.get(of.symbol) ?? 0n)) / of.unit;
        return {
          provider,
          token: of.id,
          tier,
          free: row?.frozen ? 0n : value(amount - locked),
          underwater: obligation > 0n && value(amount) * 1_000_000n < obligation * liquidationThreshold,
        };
      });
    });
  }

  /** Somebody's collateral, of one token if asked for, and how much BTC it can back; sometimes none at all. */
  backing(wanted?: string): { provider: string; token: string; tier: string; protectedAmount: bigint; strike: bigint } {
    const strike = this.strike();
    const position = this.chance(92)
      ? this.positions().filter(({ free, token }) => free > 20_000_000n && (!wanted || token === wanted))
      : [];
    if (position.length === 0) {
      return { provider: this.wallet(), token: wanted ?? this.token().id, tier: this.tier(), protectedAmount: this.protectedAmount(), strike };
    }
    const { provider, token: of, tier, free } = pick(this.random, position);
    // Somewhat less than the collateral allows, or rarely more.
    const share = BigInt(this.chance(90) ? 5 + this.random(70) : 80 + this.random(60));
    return { provider, token: of, tier, protectedAmount: strike > 0n ? (free * share * 1_000_000n) / strike : 0n, strike };
  }

  underwater(): string {
    const found = this.chance(88) ? this.positions().filter(({ underwater }) => underwater) : [];
    return found.length > 0 ? pick(this.random, found).provider : this.wallet();
  }

  /** Somebody with a stake, if there is anybody. */
  staker(): string {
    const stakers = this.chance(92) ? wallets.filter((voter) => number(entry("governance", "stakes", { voter }), "amount") > 0n) : [];
    return stakers.length > 0 ? pick(this.random, stakers) : this.wallet();
  }

  proposalId = (suits: (proposal: Row, height: bigint) => boolean): bigint =>
    this.oneOf("governance", "last-proposal-id", "proposals", "proposal-id", (row) => suits(row, BigInt(bitcoinHeight())));

  /** A reward program, and somebody with points in it. */
  rewarded(): { program: string; user: string } {
    const found = programIds.flatMap((program) =>
      wallets
        .filter((user) => entry("incentives", "user-points", { "program-id": Cl.stringAscii(program), user }) !== null)
        .map((user) => ({ program, user })),
    );
    return found.length > 0 && this.chance(92) ? pick(this.random, found) : { program: pick(this.random, programIds), user: this.wallet() };
  }

  policy = (id: bigint): Row | null => entry("policy-registry", "policies", { "policy-id": id });

  registered = (name: string): string =>
    entry("upgrade-manager", "contract-registry", { "contract-name": Cl.stringAscii(name) })?.["contract-address"] as string;

  fundArgument = (): string => (this.chance(95) ? this.registered("insurance-fund") : pick(this.random, [fund, this.hostileFund]));
  poolArgument = (): string => (this.chance(95) ? pool : this.hostilePool);
  engineArgument = (): string => (this.chance(90) ? engine : this.hostileEngine);

  call(contract: string, fn: string, args: Parameters<typeof call>[2], sender: string): CallResult {
    return call(contract, fn, args, sender);
  }

  /** What feeder and admin do when the market moves, as far as nothing stops them. */
  move(symbol: string, price: bigint): CallResult {
    const last = entry("oracle", "reports", { symbol: Cl.stringAscii(symbol), feeder });
    if (last?.height === BigInt(bitcoinHeight())) mineBitcoinBlocks(1);
    const outcome = this.call("oracle", "update-price", [symbol, price], feeder);
    if (cvToString(outcome.result) !== "(ok false)") return outcome;
    return this.call("oracle", "accept-price", [symbol], admin);
  }

  /** Feeders report all the time; sometimes they are late. */
  refresh(): void {
    if (this.chance(8)) return;
    for (const symbol of ["BTC", "STX", ...tokens.map((token) => token.symbol)]) {
      const row = entry("oracle", "prices", { symbol: Cl.stringAscii(symbol) });
      if (number(row, "last-updated") + 2n < BigInt(bitcoinHeight())) this.move(symbol, number(row, "price"));
    }
  }

  swapFund(): void {
    replaceContract("insurance-fund", this.registered("insurance-fund") === fund ? this.hostileFund : fund);
  }

  anything(): CallResult {
    const fn = pick(this.random, this.functions);
    const pools = { principals: everybody, implementations: { implementation: contractId("implementation") } };
    return call(fn.contract, fn.name, anyArguments(this.random, fn, pools), this.wallet());
  }

  // --- running ---------------------------------------------------------------------------------

  step(): Step {
    const total = this.actions.reduce((sum, [, weight]) => sum + weight, 0);
    let at = this.random(total);
    const [name] = this.actions.find(([, weight]) => (at -= weight) < 0) as readonly [keyof typeof steps, number];
    return this.perform(name);
  }

  private perform(name: keyof typeof steps): Step {
    const outcome = steps[name](this);
    if (outcome) this.check(outcome);
    if (!outcome || isDone(name, outcome)) this.succeeded.set(name, (this.succeeded.get(name) ?? 0) + 1);
    return { name, outcome };
  }

  private check(outcome: CallResult): void {
    const code = checkedCode(outcome);
    if (code !== null) {
      this.codes.add(code);
      return;
    }
    checkOutflows(outcome, protocol, tokens);
    for (const { value } of printed(outcome)) {
      const event = plain(value) as Row | null;
      if (event?.event === "collateral-locked") checkBacking(event["policy-id"] as bigint);
    }
    this.bookReturns(outcome);
  }

  /** The rest of a reward program reaches the treasury by a plain transfer, until that books what has come so. */
  private bookReturns(outcome: CallResult): void {
    for (const { event, data } of outcome.events) {
      if (event !== "print_event") continue;
      const { value } = data as unknown as { value: Parameters<typeof plain>[0] };
      const row = plain(value) as Row | null;
      const treasury = contractId("treasury");
      const unbooked = this.ledger.uninvited.get(treasury) ?? 0n;
      if (row?.event === "program-closed") this.ledger.uninvited.set(treasury, unbooked + (row.returned as bigint));
      if (row?.event !== "reserve-synced") continue;
      expect(row.amount, "what came to the treasury uninvited").toBe(unbooked);
      this.ledger.uninvited.set(treasury, 0n);
    }
  }

  /** Runs a sequence. The whole state is checked every few steps, and after the last. */
  run(count: number, every = 20): void {
    const recent: string[] = [];
    for (let i = 1; i <= count; i++) {
      try {
        const { name } = this.step();
        recent.push(name);
        if (i % every === 0 || i === count) checkState(this.ledger);
      } catch (error) {
        const trail = recent.slice(-every).join(", ");
        throw new Error(`step ${i} at block ${bitcoinHeight()}, after ${trail}: ${String(error)}`, { cause: error });
      }
    }
  }

  /** Goes on until these steps have succeeded, too, with what has to come before them. */
  insist(names: readonly string[], attempts = 40): void {
    for (const name of names as readonly (keyof typeof steps)[]) {
      for (let attempt = 0; attempt < attempts && !this.succeeded.get(name); attempt++) {
        this.resume();
        for (const before of preparations[name] ?? ["blocks pass"]) this.perform(before);
        this.perform(name);
      }
      checkState(this.ledger);
    }
  }

  // --- the end ---------------------------------------------------------------------------------

  /**
   * Everybody takes what is theirs, after an upgrade of some of the contracts: nothing is left behind but what
   * somebody has sent uninvited.
   */
  windUp(): void {
    this.resume();
    this.upgrade();
    this.pass(1);
    for (const [id] of this.all("dispute-resolution", "last-dispute-id", "disputes", "dispute-id", ({ status }) => status === "pending")) {
      const disputant = entry("dispute-resolution", "disputes", { "dispute-id": id })?.disputant as string;
      expectOk(call("dispute-resolution", "withdraw-dispute", [id], disputant));
    }
    this.endPolicies();
    this.emptyPool();
    this.emptyOthers();
    checkState(this.ledger);
    for (const { asset, honest } of tokens) {
      if (honest) expect(ledgerBalance(asset, pool), `${asset} of the pool`).toBe(0n);
    }
    for (const contract of protocol) {
      // The fund is emptied with what was sent to it, and the treasury has booked what came to it.
      const uninvited = contract === fund || contract === this.hostileFund ? 0n : (this.ledger.uninvited.get(contract) ?? 0n);
      expect(stxBalance(contract), `STX of ${contract}`).toBe(uninvited);
    }
  }

  /** Every entry that suits, with its id. */
  private all(contract: string, last: string, map: string, key: string, suits: (row: Row) => boolean): [bigint, Row][] {
    const found: [bigint, Row][] = [];
    for (let id = 1n; id <= (variable(contract, last) as bigint); id++) {
      const row = entry(contract, map, { [key]: id });
      if (row && suits(row)) found.push([id, row]);
    }
    return found;
  }

  /** Ends whatever stops people, and makes the token and the fund honest again. */
  private resume(): void {
    expectOk(call("hostile-token", "set-mode", [Cl.stringAscii("honest")]));
    if (this.registered("insurance-fund") !== fund) this.swapFund();
    call("emergency-response", "deactivate-emergency-procedure", [haltProcedure]);
    for (const breaker of ["all", "purchase", "settle", "deposit", "withdraw", "liquidate", "p2p", "insurance", "treasury", "incentives", "dispute", "analytics", "oracle"]) {
      expectOk(call("parameter-contract", "deactivate-circuit-breaker", [`action-${breaker}`]));
    }
    for (const action of ["purchase", "settle", "p2p", "collateral", "liquidate"]) {
      expectOk(call("parameter-contract", "set-rate-limit", [action, 0n, 0n, 0n]));
    }
    this.pass(1);
  }

  /** Blocks pass while the feeders report what they reported last. */
  private pass(blocks: number): void {
    for (let left = blocks; left > 0; left -= 100) {
      mineBitcoinBlocks(Math.min(left, 100));
      for (const symbol of ["BTC", "STX", ...tokens.map((token) => token.symbol)]) this.move(symbol, this.spot(symbol));
    }
  }

  /** One of the upgrades that leave nothing that is called statically behind. */
  private upgrade(): void {
    const names = pick(this.random, [
      [],
      ["liquidation-engine"],
      ["p2p-marketplace"],
      ["liquidity-pool", "liquidation-engine", "p2p-marketplace"],
      ["policy-registry", "liquidity-pool", "liquidation-engine", "p2p-marketplace"],
    ]);
    for (const name of names) {
      const source = names.reduce((text, other) => text.replaceAll(`.${other} `, `.${other}-2 `), sourceOf(name));
      deploy(`${name}-2`, source);
      replaceContract(name, contractId(`${name}-2`));
    }
  }

  /** Policies that are worth something are settled, by anybody, and all others released. */
  private endPolicies(): void {
    const active = () => this.all("policy-registry", "last-policy-id", "policies", "policy-id", ({ status }) => status === "active");
    const last = active().reduce((latest, [, row]) => ((row["expiration-height"] as bigint) > latest ? (row["expiration-height"] as bigint) : latest), 0n);
    this.pass(Number(last) - bitcoinHeight() + 1);
    for (const [id, row] of active()) {
      const deadline = toNumber(read("policy-registry", "get-settlement-deadline", [id]));
      if ((row["strike-price"] as bigint) <= this.spot("BTC") || BigInt(bitcoinHeight()) > deadline) continue;
      const outcome = call("policy-registry", "settle-policy", [id, 0n, pool, row["collateral-token"] as string, fund], this.wallet());
      // A policy of dust may be worth less than a micro-USD.
      if (outcome.result.type === "ok") checkSettlement(id, outcome);
      else expect(checkedCode(outcome)).toBe(400);
    }
    this.pass(150);
    for (const [id] of active()) expectOk(call("liquidity-pool", "release-expired", [id], this.wallet()));
  }

  private emptyPool(): void {
    for (const [id, row] of this.all("policy-registry", "last-policy-id", "policies", "policy-id", ({ status }) => status === "settled")) {
      const owed = entry("liquidity-pool", "unpaid-claims", { "policy-id": id, registry: contractId("policy-registry") });
      if (owed) expectOk(call("liquidity-pool", "collect-claim", [id, contractId("policy-registry"), row["collateral-token"] as string], this.wallet()));
    }
    for (const provider of this.ledger.accounts) {
      for (const key of (entry("liquidity-pool", "provider-positions", { provider })?.keys ?? []) as Row[]) {
        const [of, tier] = [key["token-contract"] as string, Cl.stringAscii(key["risk-tier"] as string)];
        const held = number(entry("liquidity-pool", "positions", { provider, "token-contract": of, "risk-tier": tier }), "amount");
        const withdrawn = call("liquidity-pool", "withdraw-collateral", [held, of, tier], provider);
        // The hostile token may have pretended to move what the pool believes to have.
        if (of !== hostile.id) expectOk(withdrawn);
      }
      if (entry("liquidity-pool", "premium-balances", { provider })) expectOk(call("liquidity-pool", "claim-premiums", [], provider));
    }
  }

  private emptyOthers(): void {
    this.pass(1_700);
    for (const voter of this.ledger.accounts) {
      const staked = number(entry("governance", "stakes", { voter }), "amount");
      if (staked > 0n) expectOk(call("governance", "unstake", [staked], voter));
    }
    mineBitcoinBlocks(4_400);
    for (const id of programIds) {
      if (entry("incentives", "incentive-programs", { "program-id": Cl.stringAscii(id) })?.active) {
        const outcome = call("incentives", "close-program", [Cl.stringAscii(id)]);
        expectOk(outcome);
        this.bookReturns(outcome);
      }
    }
    for (const id of variable("treasury", "allocation-ids") as string[]) expectOk(call("treasury", "remove-allocation", [Cl.stringAscii(id)]));
    const synced = call("treasury", "sync-reserve", [], this.wallet());
    expectOk(synced);
    this.bookReturns(synced);
    const reserve = variable("treasury", "reserve") as bigint;
    if (reserve > 0n) expectOk(call("treasury", "withdraw-reserve", [reserve, this.wallet()]));
    expectOk(call("insurance-fund", "set-min-fund-size", [0n]));
    const left = stxBalance(fund);
    if (left > 0n) expectOk(call("insurance-fund", "withdraw-surplus", [left, this.wallet()]));
  }
}

/** Which of the actions have not succeeded yet: a sequence in which nothing succeeds shows nothing. */
export const notDone = (actions: Actions, succeeded: ReadonlyMap<string, number>): string[] =>
  actions.map(([name]) => name).filter((name) => !succeeded.get(name));

/**
 * A test for each world of these seeds and lengths; what no world before has come to, the last one does. Says how often
 * each action has succeeded in all of them, and which codes were seen.
 */
export function keepInvariants(actions: Actions, usual: readonly (readonly [number, number])[]) {
  const seen = new Set<number>();
  const succeeded = new Map<string, number>();
  const worlds = seeds(usual);
  const [last] = worlds[worlds.length - 1];
  for (const [seed, length] of worlds) {
    it(`keep every invariant, seed ${seed}`, { timeout: 1_000 * length }, async () => {
      const world = await World.create(seed, actions);
      world.run(length);
      if (seed === last) world.insist(notDone(actions, new Map([...succeeded, ...world.succeeded])));
      world.windUp();
      for (const [name, count] of world.succeeded) succeeded.set(name, (succeeded.get(name) ?? 0) + count);
      for (const code of world.codes) seen.add(code);
    });
  }
  return { seen, succeeded };
}

// --- actions -----------------------------------------------------------------------------------

/** Whether a step did what it is named after: an approval is no emergency yet, a vote no verdict, and a claim that is paid not refused. */
function isDone(name: string, outcome: CallResult): boolean {
  const { result } = outcome;
  if (name === "refused settlement") return eventNames(outcome).includes("claim-kept");
  return ["emergency", "arbitrate"].includes(name) ? cvToString(result) === "(ok true)" : result.type === "ok";
}

const around = (random: Random, price: bigint, lowest: number, highest: number): bigint =>
  (price * BigInt(lowest + random(highest - lowest + 1))) / 100n;

const hasPassed = (height: Row[string]): boolean => (height as bigint) < BigInt(bitcoinHeight());

/** Whether a token has refused to pay the claim of a policy. */
const isUnpaid = (id: bigint): boolean =>
  entry("liquidity-pool", "unpaid-claims", { "policy-id": id, registry: contractId("policy-registry") }) !== null;

const isExpired = (policy: Row): boolean => policy.status === "active" && hasPassed(policy["expiration-height"]);

/** Somebody buys a policy, backed by one token if asked for. */
function buy(w: World, wanted?: string): CallResult {
  w.refresh();
  const { provider, token: of, tier, protectedAmount, strike } = w.backing(wanted);
  return w.call(
    "policy-registry",
    "purchase-policy",
    [
      protectedAmount,
      strike,
      w.duration(),
      Cl.stringAscii(tier),
      provider,
      of,
      w.chance(95) ? 10n ** 12n : 1_000n,
      w.poolArgument(),
    ],
    w.wallet(),
  );
}

/** Somebody settles a policy that is worth something, and backed by one token if asked for. */
function settleOne(w: World, wanted?: string): CallResult {
  w.refresh();
  const spot = w.spot("BTC");
  const id = w.policyId(
    (row) =>
      row.status === "active" &&
      (row["strike-price"] as bigint) > spot &&
      !hasPassed(row["expiration-height"]) &&
      (!wanted || row["collateral-token"] === wanted),
  );
  const policy = w.policy(id);
  const sender = policy && w.chance(92) ? (policy.owner as string) : w.wallet();
  const outcome = w.call(
    "policy-registry",
    "settle-policy",
    [
      id,
      w.chance(95) ? 0n : 10n ** 12n,
      w.poolArgument(),
      policy && w.chance(95) ? (policy["collateral-token"] as string) : w.token().id,
      w.fundArgument(),
    ],
    sender,
  );
  if (outcome.result.type === "ok") checkSettlement(id, outcome);
  return outcome;
}

const hostile = tokens[2];
const setMode = (w: World, mode: string): CallResult => w.call("hostile-token", "set-mode", [Cl.stringAscii(mode)], admin);

export const steps = {
  // Providers
  deposit: (w: World) => {
    const { id, unit } = w.token();
    return w.call("liquidity-pool", "deposit-collateral", [w.amount(unit), id, Cl.stringAscii(w.tier())], w.wallet());
  },
  withdraw: (w: World) => {
    const who = w.wallet();
    const keys = (entry("liquidity-pool", "provider-positions", { provider: who })?.keys ?? []) as Row[];
    const key = keys.length > 0 && w.chance(85) ? pick(w.random, keys) : null;
    const of = tokens.find(({ id }) => id === key?.["token-contract"]) ?? w.token();
    const amount = w.chance(10) ? w.amount(of.unit) : w.amount(of.unit / 20n);
    return w.call(
      "liquidity-pool",
      "withdraw-collateral",
      [amount, of.id, Cl.stringAscii((key?.["risk-tier"] as string) ?? w.tier())],
      who,
    );
  },
  "claim premiums": (w: World) => w.call("liquidity-pool", "claim-premiums", [], w.wallet()),

  // Policies
  purchase: (w: World) => buy(w),
  settle: (w: World) => settleOne(w),
  release: (w: World) => {
    w.refresh();
    const id = w.policyId(isExpired);
    const deadline = read("policy-registry", "get-settlement-deadline", [id]);
    const outcome = w.call("liquidity-pool", "release-expired", [id], w.wallet());
    if (outcome.result.type === "ok") checkRelease(id, toNumber(deadline));
    return outcome;
  },

  // Liquidation
  liquidate: (w: World) => {
    w.refresh();
    return w.call(
      "liquidation-engine",
      "liquidate-position",
      [w.underwater(), Cl.stringAscii(pick(w.random, ["partial", "partial", "full", "full", "greedy"]))],
      w.wallet(),
    );
  },
  "check position": (w: World) => {
    w.refresh();
    return w.call("liquidity-pool", "check-position", [w.engineArgument(), w.underwater()], w.wallet());
  },

  // Marketplace
  offer: (w: World) => {
    const { provider, token: of, tier, protectedAmount, strike } = w.backing();
    return w.call(
      "p2p-marketplace",
      "create-offer",
      [
        of,
        Cl.stringAscii(tier),
        protectedAmount,
        strike,
        w.chance(97) ? BigInt(1 + w.random(w.chance(50) ? 50 : 2_000)) * 1_000_000n : 0n,
        w.duration(),
        BigInt(w.chance(95) ? 1 + w.random(100) : 0),
      ],
      provider,
    );
  },
  accept: (w: World) => {
    w.refresh();
    return w.call("p2p-marketplace", "accept-offer", [w.offerId()], w.wallet());
  },
  cancel: (w: World) => {
    const id = w.offerId();
    const maker = entry("p2p-marketplace", "offers", { "offer-id": id })?.provider as string | undefined;
    return w.call("p2p-marketplace", "cancel-offer", [id], maker && w.chance(80) ? maker : w.wallet());
  },

  // Disputes
  dispute: (w: World) => {
    const id = w.policyId((row, of) => row.status === "settled" && entry("policy-registry", "policy-disputes", { "policy-id": of }) === null);
    const policy = w.policy(id);
    const sender = policy && w.chance(90) ? (pick(w.random, [policy.owner, policy.provider]) as string) : w.wallet();
    return w.call("policy-registry", "dispute-settlement", [id, evidence], sender);
  },
  "other dispute": (w: World) =>
    w.call("dispute-resolution", "file-dispute", [Cl.stringAscii("conduct"), w.random(50), evidence], w.wallet()),
  arbitrate: (w: World) =>
    w.call(
      "dispute-resolution",
      "vote-on-dispute",
      [w.disputeId(), w.chance(70), BigInt(w.random(4_000)) * 1_000_000n],
      w.chance(90) ? pick(w.random, arbiters) : w.wallet(),
    ),
  "withdraw dispute": (w: World) => {
    const id = w.disputeId();
    const disputant = entry("dispute-resolution", "disputes", { "dispute-id": id })?.disputant as string | undefined;
    return w.call("dispute-resolution", "withdraw-dispute", [id], disputant && w.chance(80) ? disputant : w.wallet());
  },
  award: (w: World) => {
    const disputed: bigint[] = [];
    const last = variable("dispute-resolution", "last-dispute-id") as bigint;
    for (let id = 1n; id <= last; id++) {
      const dispute = entry("dispute-resolution", "disputes", { "dispute-id": id });
      if (dispute?.status === "upheld" && dispute["dispute-type"] === "settlement") disputed.push(dispute["related-entity-id"] as bigint);
    }
    const id = disputed.length > 0 && w.chance(90) ? pick(w.random, disputed) : w.policyId();
    const outcome = w.call("policy-registry", "execute-dispute-award", [id, w.fundArgument()], w.wallet());
    if (outcome.result.type === "ok") checkAward(id, plain(outcome.result.value) as bigint);
    return outcome;
  },

  // Fund and treasury
  contribute: (w: World) =>
    w.call("insurance-fund", "contribute-to-fund", [BigInt(w.random(50)) * 100_000_000n], w.wallet()),
  "drain fund": (w: World) =>
    w.call("insurance-fund", "withdraw-surplus", [BigInt(w.random(60)) * 1_000_000_000n, w.wallet()], admin),
  "fund minimum": (w: World) => w.call("insurance-fund", "set-min-fund-size", [BigInt(w.random(20)) * 1_000_000_000n], admin),
  allocate: (w: World) =>
    w.call(
      "treasury",
      "set-allocation",
      [
        Cl.stringAscii(pick(w.random, ["insurance", "team", "grants"])),
        BigInt(w.random(500_000)),
        w.chance(50) ? fund : w.wallet(),
        Cl.stringAscii("Set at random"),
        w.chance(80),
      ],
      admin,
    ),
  distribute: (w: World) =>
    w.call("treasury", "distribute", [Cl.stringAscii(pick(w.random, ["insurance", "team", "grants"]))], w.wallet()),
  "take reserve": (w: World) => {
    const reserve = variable("treasury", "reserve") as bigint;
    const amount = w.chance(70) ? 1n + (reserve * BigInt(w.random(100))) / 100n : BigInt(w.random(20)) * 1_000_000n;
    return w.call("treasury", "withdraw-reserve", [amount, w.wallet()], w.chance(90) ? admin : w.wallet());
  },

  // Incentives
  "new program": (w: World) =>
    w.call(
      "incentives",
      "create-incentive-program",
      [Cl.stringAscii(pick(w.random, programIds)), Cl.stringAscii("A program"), 1 + w.random(60), BigInt(w.random(100)) * 1_000_000n],
      admin,
    ),
  "claim rewards": (w: World) => {
    const { program, user } = w.rewarded();
    return w.call("incentives", "claim-rewards", [Cl.stringAscii(program)], user);
  },
  "close program": (w: World) => {
    const over = programIds.filter((id) => {
      const row = entry("incentives", "incentive-programs", { "program-id": Cl.stringAscii(id) });
      return row?.active && (row["end-height"] as bigint) + 4_320n < BigInt(bitcoinHeight());
    });
    return w.call("incentives", "close-program", [Cl.stringAscii(pick(w.random, over.length > 0 ? over : programIds))], admin);
  },

  // Governance
  stake: (w: World) => w.call("governance", "stake", [BigInt(w.random(40)) * 10_000_000_000n], w.wallet()),
  unstake: (w: World) => w.call("governance", "unstake", [BigInt(w.random(10)) * 10_000_000_000n], w.staker()),
  veto: (w: World) =>
    w.call("governance", "veto-proposal", [w.proposalId(({ executed }) => !executed)], w.chance(90) ? pick(w.random, guardians) : w.wallet()),
  "collect claim": (w: World) => {
    const id = w.policyId((_, of) => isUnpaid(of));
    if (w.chance(60)) setMode(w, "honest");
    return w.call("liquidity-pool", "collect-claim", [id, contractId("policy-registry"), hostile.id], w.wallet());
  },
  // A claim is refused only where the hostile token backs a policy, and paid in another way only if nobody collects it
  // for a week: chance alone hardly ever comes to either.
  "hostile deposit": (w: World) => {
    setMode(w, "honest");
    return w.call("liquidity-pool", "deposit-collateral", [w.amount(hostile.unit), hostile.id, Cl.stringAscii(w.tier())], w.wallet());
  },
  "hostile purchase": (w: World) => buy(w, hostile.id),
  "refused settlement": (w: World) => {
    setMode(w, "refuse");
    return settleOne(w, hostile.id);
  },
  "claim in STX": (w: World) => {
    const id = w.policyId((_, of) => isUnpaid(of));
    const claim = entry("liquidity-pool", "unpaid-claims", { "policy-id": id, registry: contractId("policy-registry") });
    const wait = claim ? Number(claim["kept-at"] as bigint) + 1_009 - bitcoinHeight() : 0;
    if (wait > 0 && w.chance(60)) {
      mineBitcoinBlocks(wait);
      w.refresh();
    }
    const owner = w.policy(id)?.owner as string | undefined;
    return w.call("policy-registry", "pay-claim-in-stx", [id, w.poolArgument(), w.fundArgument()], owner && w.chance(92) ? owner : w.wallet());
  },
  propose: (w: World) =>
    w.call(
      "governance",
      "propose",
      pick(w.random, [
        [Cl.stringAscii("set-parameter"), Cl.stringAscii("protocol-fee-rate"), BigInt(w.random(400_000)), null],
        [Cl.stringAscii("set-parameter"), Cl.stringAscii("liquidation-bonus"), BigInt(w.random(90_000)), null],
        [Cl.stringAscii("activate-breaker"), Cl.stringAscii("action-p2p"), 0n, null],
        [Cl.stringAscii("deactivate-breaker"), Cl.stringAscii("action-p2p"), 0n, null],
        [Cl.stringAscii("anything"), Cl.stringAscii("goes"), 0n, null],
      ]),
      w.staker(),
    ),
  vote: (w: World) =>
    w.call("governance", "vote", [w.proposalId((row, now) => now <= (row["end-height"] as bigint)), w.chance(85)], w.staker()),
  execute: (w: World) =>
    w.call(
      "governance",
      "execute-proposal",
      [w.proposalId((row, now) => !row.executed && now > (row["executable-at"] as bigint) && now <= (row["expires-at"] as bigint))],
      w.wallet(),
    ),

  // The market
  "market moves": (w: World) => {
    w.move("BTC", around(w.random, btcPrice, 45, 115));
    w.move("STX", around(w.random, stxPrice, 60, 300));
    const moved = tokens[0];
    return w.move(moved.symbol, around(w.random, moved.price, 80, 105));
  },
  "token falls": (w: World) => {
    const { symbol, price } = w.token();
    return w.move(symbol, around(w.random, price, 10, 70));
  },
  "prices return": (w: World) => {
    for (const { symbol, price } of tokens) w.move(symbol, price);
    w.move("STX", stxPrice);
    return w.move("BTC", btcPrice);
  },
  feed: (w: World) =>
    w.call("oracle", "update-price", ["BTC", around(w.random, w.spot("BTC"), w.chance(90) ? 70 : 30, w.chance(90) ? 130 : 200)], w.chance(90) ? feeder : w.wallet()),
  "calm oracle": (w: World) => {
    for (const symbol of ["BTC", "STX", ...tokens.map((token) => token.symbol)]) w.move(symbol, w.spot(symbol));
    return w.call("oracle", "accept-price", ["BTC"], admin);
  },
  "a month passes": (w: World) => {
    mineBitcoinBlocks(4_400);
    w.refresh();
    return null;
  },
  "days pass": (w: World) => {
    mineBitcoinBlocks(590);
    w.refresh();
    return null;
  },
  "announce price": (w: World) => w.call("oracle", "set-price", ["BTC", around(w.random, btcPrice, 45, 115)], admin),
  "apply price": (w: World) => {
    const announced = entry("oracle", "announced-prices", { symbol: Cl.stringAscii("BTC") });
    const wait = Number(announced?.["applies-from"] ?? 0n) - bitcoinHeight();
    if (wait > 0 && w.chance(75)) mineBitcoinBlocks(wait);
    return w.call("oracle", "apply-price", ["BTC"], admin);
  },
  "blocks pass": (w: World) => {
    mineBitcoinBlocks(1 + w.random(w.chance(4) ? 150 : 14));
    return null;
  },

  // Operators
  "flip breaker": (w: World) => {
    const id = pick(w.random, ["action-settle", "action-treasury", "action-insurance", "action-p2p", "action-analytics", "action-incentives", "action-all"]);
    return w.call("parameter-contract", w.chance(25) ? "activate-circuit-breaker" : "deactivate-circuit-breaker", [id], admin);
  },
  "all clear": (w: World) => {
    for (const id of ["action-settle", "action-treasury", "action-insurance", "action-p2p"]) {
      w.call("parameter-contract", "deactivate-circuit-breaker", [id], admin);
    }
    return w.call("parameter-contract", "deactivate-circuit-breaker", ["action-all"], admin);
  },
  emergency: (w: World) =>
    w.call("emergency-response", "activate-emergency-procedure", [haltProcedure], pick(w.random, guardians)),
  "end emergency": (w: World) => w.call("emergency-response", "deactivate-emergency-procedure", [haltProcedure], admin),
  parameter: (w: World) =>
    w.call(
      "parameter-contract",
      "set-parameter",
      pick(w.random, [
        ["protocol-fee-rate", BigInt(w.random(400_000))],
        ["close-factor", BigInt(w.random(1_200_000))],
        ["liquidation-bonus", BigInt(w.random(100_000))],
        ["dispute-bond", BigInt(w.random(3)) * 1_000_000n],
        ["activation-delay", BigInt(w.random(3))],
      ]),
      admin,
    ),
  "configure tier": (w: World) =>
    w.call(
      "liquidity-pool",
      "configure-tier",
      [
        Cl.stringAscii(w.tier()),
        BigInt(1 + w.random(30)) * 1_000_000_000n,
        w.chance(15),
        Cl.stringAscii(pick(w.random, ["reject", "next-tier", "proportional", "proportional"])),
      ],
      admin,
    ),
  "list token": (w: World) => {
    const { id } = w.token();
    return w.chance(25)
      ? w.call("liquidity-pool", "deactivate-collateral-token", [id], admin)
      : w.call("liquidity-pool", "activate-collateral-token", [id, liquidationThreshold], admin);
  },
  "rate limit": (w: World) => {
    const action = pick(w.random, ["purchase", "settle", "p2p", "collateral"]);
    return w.call("parameter-contract", "set-rate-limit", [action, w.chance(50) ? 1n : 100n, 60n, 0n], admin);
  },

  // Strangers and enemies
  "change the hostile token": (w: World) => w.call("hostile-token", "set-mode", [Cl.stringAscii(pick(w.random, modes))], admin),
  "swap the fund": (w: World) => {
    w.swapFund();
    return null;
  },
  "uninvited money": (w: World) => {
    sendUninvited(w.ledger, BigInt(1 + w.random(1_000)), pick(w.random, protocol), w.wallet());
    return null;
  },
  "knock at a door": (w: World) => {
    const doors: [string, Parameters<typeof call>[2]][] = [
      ["record-metric", []],
      ["record-activity", []],
      ["consume-quota", [w.wallet()]],
      ["trip-breaker", []],
      ["take-fee", []],
      ["draw-on-fund", []],
      ["file-settlement-dispute", []],
      ["set-parties", []],
      ["register-p2p", [w.wallet()]],
      ["lock", [w.wallet()]],
      ["underwrite", [w.wallet()]],
      ["claim", [w.policyId(), w.token().id]],
      ["seize", [w.wallet()]],
      ["become-admin", []],
      ["set-parameter", []],
      ["stop-everything", []],
    ];
    const [fn, args] = pick(w.random, doors);
    const outcome = w.call("outsider", fn, args, pick(w.random, [...wallets, admin]));
    expect([errUnauthorized, errContractPaused], fn).toContain(checkedCode(outcome));
    return null;
  },
  anything: (w: World) => w.anything(),
};

/** What makes it likely that a step succeeds next. */
const preparations: Partial<Record<keyof typeof steps, readonly (keyof typeof steps)[]>> = {
  release: ["all clear", "purchase", "days pass", "calm oracle"],
  liquidate: ["all clear", "deposit", "purchase", "token falls"],
  "check position": ["all clear", "deposit", "purchase", "token falls"],
  award: ["all clear", "end emergency", "purchase", "market moves", "settle", "dispute", "arbitrate", "arbitrate", "arbitrate"],
  arbitrate: ["all clear", "end emergency", "settle", "dispute", "arbitrate"],
  "hostile deposit": ["all clear", "list token"],
  "hostile purchase": ["all clear", "hostile deposit"],
  "refused settlement": ["all clear", "hostile deposit", "hostile purchase", "blocks pass", "market moves"],
  "claim in STX": ["all clear", "contribute", "hostile deposit", "hostile purchase", "blocks pass", "market moves", "refused settlement"],
  "collect claim": ["all clear", "hostile deposit", "hostile purchase", "blocks pass", "market moves", "refused settlement"],
  "end emergency": ["emergency", "emergency"],
  emergency: ["days pass", "days pass", "emergency"],
  "claim rewards": ["new program", "purchase", "days pass"],
  "close program": ["new program", "a month passes"],
  unstake: ["stake", "days pass"],
  propose: ["stake"],
  vote: ["stake", "blocks pass", "propose"],
  execute: ["stake", "stake", "blocks pass", "propose", "vote", "vote", "vote", "vote", "days pass"],
  veto: ["stake", "propose"],
  "apply price": ["announce price"],
};
