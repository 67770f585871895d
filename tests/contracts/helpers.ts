// What all tests of the contracts share: names for accounts and contracts, calls, expectations, and
// the bootstrap of the protocol as its operators do it.

import fs from "node:fs";
import path from "node:path";
import { Cl, ClarityType, cvToString, type ClarityValue, type TupleCV } from "@stacks/transactions";
import { expect } from "vitest";
import { chainOf, freshChain, simnet } from "./chain";
import { bootstrappedFolder, projectFolder } from "./paths";

export { Cl, cvToString, freshChain, simnet };
export type { ClarityValue };

// --- accounts and contracts --------------------------------------------------------------------

export const accountNames = [
  "deployer",
  "wallet_1",
  "wallet_2",
  "wallet_3",
  "wallet_4",
  "wallet_5",
  "wallet_6",
  "wallet_7",
  "wallet_8",
] as const;
export type AccountName = (typeof accountNames)[number];

/** The addresses of `settings/Devnet.toml`; a test checks that they are. */
export const address: Record<AccountName, string> = {
  deployer: "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM",
  wallet_1: "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5",
  wallet_2: "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG",
  wallet_3: "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC",
  wallet_4: "ST2NEB84ASENDXKYGJPQW86YXQCEFEX2ZQPG87ND",
  wallet_5: "ST2REHHS5J3CERCRBEPMGH7921Q6PYKAADT7JP2VB",
  wallet_6: "ST3AM1A56AK2C1XAFJ4115ZSV26EB49BVQ10MGCS0",
  wallet_7: "ST3PF13W7Z0RRM42A8VZRVFQ75SV1K26RXEP8YGKJ",
  wallet_8: "ST3NBRSFKX28FQ2ZJ1MAKX58HKHSDGNV5N7R21XCP",
};

/** The accounts by the part they play once `bootstrap` has run. */
export const admin = address.deployer;
export const provider = address.wallet_1;
export const buyer = address.wallet_2;
export const otherProvider = address.wallet_3;
export const stranger = address.wallet_4;
export const guardians = [address.wallet_5, address.wallet_6, address.wallet_7];
export const arbiters = [address.wallet_6, address.wallet_7, address.wallet_8];
export const feeder = address.wallet_8;

/** The protocol's contracts in the order in which they are deployed. */
export const protocolContracts = [
  "upgrade-manager",
  "parameter-contract",
  "emergency-response",
  "oracle",
  "analytics",
  "incentives",
  "treasury",
  "insurance-fund",
  "dispute-resolution",
  "pricing",
  "policy-registry",
  "liquidity-pool",
  "liquidation-engine",
  "p2p-marketplace",
  "governance",
] as const;

/** `deployer.name`, as text. */
export const contractId = (name: string): string => `${address.deployer}.${name}`;
/** `deployer.name`, as an argument. */
export const contractPrincipal = (name: string): ClarityValue => Cl.principal(contractId(name));

// The SDK writes out the interfaces of all contracts for this, so it is asked once per worker.
let inManifest: Set<string> | undefined;

/** Whether `Clarinet.toml` lists the contract. */
export function isDeployed(name: string): boolean {
  inManifest ??= new Set(simnet.getContractsInterfaces().keys());
  return inManifest.has(contractId(name));
}

export const scale = 1_000_000n;

// --- calls -------------------------------------------------------------------------------------

export type CallResult = ReturnType<typeof simnet.callPublicFn>;

/** Arguments may be plain: bigint and number are uint, boolean is bool, and a string is a principal if it looks like one, else ASCII. */
export type Argument = ClarityValue | bigint | number | boolean | string | null;

export function toClarity(argument: Argument): ClarityValue {
  if (argument === null) return Cl.none();
  if (typeof argument === "bigint" || typeof argument === "number") return Cl.uint(argument);
  if (typeof argument === "boolean") return Cl.bool(argument);
  if (typeof argument === "string") {
    return /^S[PTMN][0-9A-Z]{30,}(\.[a-zA-Z][\w-]*)?$/.test(argument) ? Cl.principal(argument) : Cl.stringAscii(argument);
  }
  return argument;
}

/** The calls that are being made, while somebody wants to make them again. */
let recorded: { contract: string; fn: string; args: ClarityValue[]; sender: string }[] | undefined;

export function call(contract: string, fn: string, args: Argument[] = [], sender: string = admin): CallResult {
  const values = args.map(toClarity);
  recorded?.push({ contract, fn, args: values, sender });
  return simnet.callPublicFn(contract, fn, values, sender);
}

export function read(contract: string, fn: string, args: Argument[] = [], sender: string = admin): ClarityValue {
  return simnet.callReadOnlyFn(contract, fn, args.map(toClarity), sender).result;
}

/** Deploys a contract of the tests, under the account that deploys the protocol unless told otherwise. */
export function deploy(name: string, source: string, sender: string = admin, clarityVersion: 4 | 5 = 4): void {
  const { result } = simnet.deployContract(name, source, { clarityVersion }, sender);
  expect(cvToString(result)).toBe("true");
}

// --- expectations ------------------------------------------------------------------------------

export const errInvalidInput = 400;
export const errInsufficientFunds = 402;
export const errUnauthorized = 403;
export const errNotFound = 404;
export const errRateLimited = 429;
export const errContractPaused = 503;

/** A value as text, with the fields of tuples in the order of the chain. */
export const text = (value: ClarityValue): string => cvToString(Cl.deserialize(Cl.serialize(value)));

const resultOf = (outcome: CallResult | ClarityValue): ClarityValue => ("result" in outcome ? outcome.result : outcome);

/** Expects `(ok value)`, or any `(ok ...)` when no value is given, and returns what is inside. */
export function expectOk(outcome: CallResult | ClarityValue, value?: Argument): ClarityValue {
  const result = resultOf(outcome);
  if (result.type !== ClarityType.ResponseOk) throw new Error(`expected (ok ...), got ${cvToString(result)}`);
  if (value !== undefined) expect(text(result.value)).toBe(text(toClarity(value)));
  return result.value;
}

/** Expects `(err code)`. */
export function expectErr(outcome: CallResult | ClarityValue, code: number): void {
  expect(cvToString(resultOf(outcome))).toBe(`(err u${code})`);
}

/** Expects exactly this value. */
export function expectValue(actual: ClarityValue, value: Argument): void {
  expect(text(actual)).toBe(text(toClarity(value)));
}

/** The number in a uint, or in a response or optional around one. */
export function toNumber(value: ClarityValue): bigint {
  if (value.type === ClarityType.UInt || value.type === ClarityType.Int) return BigInt(value.value);
  if (value.type === ClarityType.ResponseOk || value.type === ClarityType.OptionalSome) return toNumber(value.value);
  throw new Error(`expected a number, got ${cvToString(value)}`);
}

/** The fields of a tuple, or of an optional or response around one. */
export function fields(value: ClarityValue): Record<string, ClarityValue> {
  if (value.type === ClarityType.Tuple) return (value as TupleCV).value;
  if (value.type === ClarityType.ResponseOk || value.type === ClarityType.OptionalSome) return fields(value.value);
  throw new Error(`expected a tuple, got ${cvToString(value)}`);
}

/** One field of a tuple, as text. */
export const field = (value: ClarityValue, name: string): string => cvToString(fields(value)[name]);

type Printed = { contract: string; value: ClarityValue };

/** Everything that was printed in a call, in order. */
export function printed(outcome: CallResult): Printed[] {
  return outcome.events
    .filter((event) => event.event === "print_event")
    .map((event) => {
      const data = event.data as unknown as { contract_identifier: string; value: ClarityValue };
      return { contract: data.contract_identifier.split(".")[1], value: data.value };
    });
}

/** The names of the events of a call, in order. */
export function eventNames(outcome: CallResult): string[] {
  return printed(outcome)
    .filter(({ value }) => value.type === ClarityType.Tuple && "event" in fields(value))
    .map(({ value }) => {
      const name = fields(value).event;
      return name.type === ClarityType.StringASCII ? name.value : cvToString(name);
    });
}

/** Expects that the contract printed this event, once, with exactly these fields. */
export function expectEvent(outcome: CallResult, contract: string, event: string, expected: Record<string, Argument>): void {
  const wanted = text(
    Cl.tuple({
      event: Cl.stringAscii(event),
      ...Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, toClarity(value)])),
    }),
  );
  const name = cvToString(Cl.stringAscii(event));
  const found = printed(outcome).filter(
    ({ contract: by, value }) => by === contract && value.type === ClarityType.Tuple && cvToString(fields(value).event) === name,
  );
  expect(found.map(({ value }) => text(value))).toEqual([wanted]);
}

/** Expects that a call printed nothing. */
export function expectNoEvent(outcome: CallResult): void {
  expect(printed(outcome)).toEqual([]);
}

// --- the chain ---------------------------------------------------------------------------------

/** The uSTX of an account or of `deployer.contract`. */
export function stxBalance(who: string): bigint {
  return simnet.getAssetsMap().get("STX")?.get(who) ?? 0n;
}

/** The balance of a token of the tests. */
export function tokenBalance(who: string, token = "mock-token"): bigint {
  return toNumber(read(token, "get-balance", [who]));
}

export const mineBitcoinBlocks = (count: number): number => simnet.mineEmptyBurnBlocks(count);
export const bitcoinHeight = (): number => simnet.burnBlockHeight;
export const stacksHeight = (): number => simnet.stacksBlockHeight;

/** Numbers that look random and are the same in every run. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

// --- bootstrap ---------------------------------------------------------------------------------

export const btcPrice = 60_000_000_000n;
export const stxPrice = 1_000_000n;
export const tokenPrice = 1_000_000n;
/** The symbol under which the oracle lists the mock token. */
export const tokenSymbol = "USD";
export const collateralRatio = 1_200_000n;
export const liquidationThreshold = 1_100_000n;
export const initialFund = 100_000_000_000n;
/** Where the procedure `halt` stops everything, once two guardians agree. */
export const haltProcedure = "halt";

/** The market moves, or a symbol is listed: the feeder reports a price, and the admin accepts one that jumped. */
export function setPrice(symbol: string, price: bigint): void {
  if (cvToString(read("oracle", "get-price-info", [symbol])) === "none") {
    expectOk(call("oracle", "set-price", [symbol, price]));
    return;
  }
  const last = read("oracle", "get-report", [symbol, feeder]);
  // A feeder reports once per block.
  if (last.type === ClarityType.OptionalSome && field(last, "height") === `u${bitcoinHeight()}`) mineBitcoinBlocks(1);
  const reported = expectOk(call("oracle", "update-price", [symbol, price], feeder));
  if (cvToString(reported) === "false") expectOk(call("oracle", "accept-price", [symbol]));
}

/** Plans and completes a migration without records: the old contract goes on serving what it holds. */
export function migrate(name: string, to: string, version = "2.0.0"): void {
  const id = toNumber(expectOk(call("upgrade-manager", "plan-migration", [name, to, version, 0n])));
  expectOk(call("upgrade-manager", "start-migration", [id]));
  expectOk(call("upgrade-manager", "complete-migration", [id]));
}

/** Registers every protocol contract that is deployed; `upgrade-manager` itself is not registered. */
export function registerContracts(): void {
  for (const name of protocolContracts) {
    // The root itself has no name, and a library has no rights.
    if (name === "upgrade-manager" || name === "pricing" || !isDeployed(name)) continue;
    expectOk(call("upgrade-manager", "register-contract", [name, contractId(name), "1.0.0"]));
  }
}

/**
 * Configures the protocol as its operators do, in the order of `contracts/README.md`, except that the
 * deployer stays admin. Steps of contracts that are not in `Clarinet.toml` are left out.
 */
export function bootstrap(): void {
  registerContracts();
  if (isDeployed("oracle")) {
    expectOk(call("oracle", "add-feeder", [feeder]));
    expectOk(call("oracle", "set-price", ["BTC", btcPrice]));
    expectOk(call("oracle", "set-price", ["STX", stxPrice]));
    expectOk(call("oracle", "set-price", [tokenSymbol, tokenPrice]));
  }
  if (isDeployed("liquidity-pool")) {
    expectOk(
      call("liquidity-pool", "add-collateral-token", [contractId("mock-token"), tokenSymbol, collateralRatio, contractId("oracle")]),
    );
    expectOk(call("liquidity-pool", "activate-collateral-token", [contractId("mock-token"), liquidationThreshold]));
  }
  if (isDeployed("treasury")) {
    expectOk(
      call("treasury", "set-allocation", ["insurance", scale / 2n, contractId("insurance-fund"), "Half of all fees", true]),
    );
  }
  if (isDeployed("emergency-response")) {
    for (const guardian of guardians) expectOk(call("emergency-response", "add-guardian", [guardian]));
    expectOk(
      call("emergency-response", "create-emergency-procedure", [
        haltProcedure,
        "Stop everything",
        2n,
        144n,
        Cl.list([Cl.stringAscii("action-all")]),
      ]),
    );
  }
  if (isDeployed("dispute-resolution")) {
    for (const arbiter of arbiters) expectOk(call("dispute-resolution", "add-arbiter", [arbiter]));
  }
  if (isDeployed("insurance-fund")) {
    expectOk(call("insurance-fund", "contribute-to-fund", [initialFund]));
    expectOk(call("insurance-fund", "set-min-fund-size", [initialFund / 10n]));
  }
  if (isDeployed("parameter-contract")) {
    for (const action of ["purchase", "settle", "p2p", "liquidate"]) {
      expectOk(call("parameter-contract", "set-rate-limit", [action, 1_000n, 144n, 0n]));
    }
  }
  for (const name of ["policy-registry", "parameter-contract", "oracle"]) {
    if (isDeployed(name)) expectOk(call("upgrade-manager", "set-upgradeable", [name, false]));
  }
}

/** A value as it is written in a deployment plan. */
function literal(value: ClarityValue): string {
  if (value.type === ClarityType.PrincipalContract || value.type === ClarityType.PrincipalStandard) return `'${value.value}`;
  if (value.type === ClarityType.List) return `(list ${value.value.map(literal).join(" ")})`;
  return cvToString(value);
}

let bootstrapped: string | undefined;

/**
 * The manifest of the protocol with the bootstrap in its deployment plan. The SDK carries a plan out once in a worker
 * and copies the chain from then on, so that the tests need not make these calls again and again.
 */
async function bootstrappedManifest(): Promise<string> {
  await freshChain();
  recorded = [];
  bootstrap();
  const calls = recorded;
  recorded = undefined;
  const remove = () => fs.rmSync(bootstrappedFolder, { recursive: true, force: true });
  remove();
  process.on("exit", remove);
  fs.mkdirSync(path.join(bootstrappedFolder, "deployments"), { recursive: true });
  for (const name of ["contracts", "settings"]) fs.symlinkSync(path.join(projectFolder, name), path.join(bootstrappedFolder, name));
  fs.copyFileSync(path.join(projectFolder, "Clarinet.toml"), path.join(bootstrappedFolder, "Clarinet.toml"));
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const transactions = calls.map(({ contract, fn, args, sender }) =>
    [
      "    - transaction-type: emulated-contract-call",
      `      contract-id: ${contractId(contract)}`,
      `      emulated-sender: ${sender}`,
      `      method: ${fn}`,
      "      parameters:",
      ...args.map((argument) => `      - ${quoted(literal(argument))}`),
    ].join("\n"),
  );
  const plan = fs.readFileSync(path.join(projectFolder, "deployments", "default.simnet-plan.yaml"), "utf8").trimEnd();
  const batches = [...plan.matchAll(/^ {2}- id: \d+$/gm)].length;
  const epoch = plan.split("\n").at(-1);
  fs.writeFileSync(
    path.join(bootstrappedFolder, "deployments", "default.simnet-plan.yaml"),
    [plan, `  - id: ${batches}`, "    transactions:", ...transactions, epoch, ""].join("\n"),
  );
  const manifest = path.join(bootstrappedFolder, "Clarinet.toml");
  await chainOf(manifest);
  // The SDK says nothing about a call that fails. This is the last of them.
  expect(field(read("upgrade-manager", "get-contract-info", ["oracle"]), "upgradeable")).toBe("false");
  return manifest;
}

/** An empty chain with the whole protocol deployed and configured: what most tests begin with. */
export async function freshProtocol(): Promise<void> {
  if (bootstrapped) await chainOf(bootstrapped);
  else bootstrapped = await bootstrappedManifest();
}
