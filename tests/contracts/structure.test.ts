// What can be seen without running anything: what the contracts define, and what they call.

import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { contractId, freshChain, protocolContracts, simnet } from "./helpers";
import { projectFolder } from "./paths";

type Contract = (typeof protocolContracts)[number];

const sourceOf = (name: string) => fs.readFileSync(path.join(projectFolder, "contracts", `${name}.clar`), "utf8");
/** The source without comments. */
const codeOf = (name: string) => sourceOf(name).replaceAll(/;;.*/g, "");

const errors = `
(define-constant err-invalid-input u400)
(define-constant err-insufficient-funds u402)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)
(define-constant err-rate-limited u429)
(define-constant err-contract-paused u503)
`.trim().split("\n");

/** Whether the constant that a line defines stands anywhere else in the code. */
const isUsed = (code: string, definition: string): boolean => code.split(definition.split(" ")[1]).length > 2;

/** Who may call whom statically: a contract calls contracts of lower layers, and of these only those listed. */
const staticCalls: Record<Contract, string[]> = {
  "upgrade-manager": [],
  "parameter-contract": ["upgrade-manager"],
  "emergency-response": ["parameter-contract", "upgrade-manager"],
  oracle: ["parameter-contract", "upgrade-manager"],
  analytics: ["parameter-contract", "upgrade-manager"],
  treasury: ["parameter-contract", "upgrade-manager"],
  "dispute-resolution": ["parameter-contract", "upgrade-manager"],
  incentives: ["emergency-response", "parameter-contract", "upgrade-manager"],
  "insurance-fund": ["analytics", "emergency-response", "parameter-contract", "upgrade-manager"],
  pricing: [],
  "policy-registry": [
    "treasury",
    "incentives",
    "analytics",
    "dispute-resolution",
    "emergency-response",
    "oracle",
    "pricing",
    "parameter-contract",
    "upgrade-manager",
  ],
  "liquidity-pool": [
    "policy-registry",
    "oracle",
    "incentives",
    "analytics",
    "emergency-response",
    "parameter-contract",
    "upgrade-manager",
  ],
  "liquidation-engine": ["liquidity-pool", "oracle", "analytics", "parameter-contract", "upgrade-manager"],
  "p2p-marketplace": ["liquidity-pool", "policy-registry", "analytics", "emergency-response", "parameter-contract"],
  governance: ["emergency-response", "parameter-contract", "upgrade-manager"],
};

/** Calls on a contract that comes as an argument. */
const dynamicCalls: Partial<Record<Contract, string[]>> = {
  "upgrade-manager": ["execute"],
  "policy-registry": ["assign-claim", "cover-shortfall", "get-fund-size", "lock-collateral", "settle-claim"],
  "liquidity-pool": ["get-decimals", "liquidate-position", "transfer"],
};

const implementedTraits: Partial<Record<Contract | "mock-token", string>> = {
  "emergency-response": ".protocol-traits.emergency-response-trait",
  oracle: ".protocol-traits.oracle-trait",
  analytics: ".protocol-traits.analytics-trait",
  incentives: ".protocol-traits.incentives-trait",
  treasury: ".protocol-traits.treasury-trait",
  "insurance-fund": ".protocol-traits.insurance-fund-trait",
  "dispute-resolution": ".protocol-traits.dispute-resolution-trait",
  "liquidity-pool": ".protocol-traits.liquidity-pool-trait",
  "liquidation-engine": ".protocol-traits.liquidation-engine-trait",
  "mock-token": ".sip-010-trait.sip-010-trait",
};

/** Constructs that are dangerous, or that mean something else in another version of Clarity. */
const forbidden = [
  "as-contract",
  "at-block",
  "get-stacks-block-info?",
  "restrict-assets?",
  "secp256r1-verify",
  "to-ascii?",
  "unwrap-err!",
  "unwrap-err-panic",
  "unwrap-panic",
  "with-all-assets-unsafe",
  "with-nft",
  "with-stacking",
];

type Access = "private" | "public" | "read_only";
const inEach = (names: string, contracts: Contract[]): [string, Contract][] =>
  names.split(" ").flatMap((name) => contracts.map((contract): [string, Contract] => [name, contract]));

/** Every function that the integration strategy names, where it lives and who may call it. */
const seedFunctions: [Access, [string, Contract][]][] = [
  [
    "public",
    [
      ...inEach("contribute-to-fund cover-shortfall", ["insurance-fund"]),
      ...inEach("activate-circuit-breaker check-rate-limit", ["parameter-contract"]),
      ...inEach("process-fee", ["treasury"]),
      ...inEach("add-collateral-token deposit-collateral", ["liquidity-pool"]),
      ...inEach("liquidate-position", ["liquidation-engine"]),
      ...inEach("register-contract upgrade-contract start-migration complete-migration", ["upgrade-manager"]),
      ...inEach("upgrade-implementation forward-call", ["upgrade-manager"]),
      ...inEach("create-incentive-program record-activity", ["incentives"]),
      ...inEach("record-metric", ["analytics"]),
      ...inEach("file-dispute", ["dispute-resolution"]),
      ...inEach("dispute-settlement", ["policy-registry"]),
      ...inEach("activate-emergency-procedure", ["emergency-response"]),
    ],
  ],
  [
    "read_only",
    [
      ...inEach("get-fund-size", ["insurance-fund"]),
      ...inEach("check-circuit-breaker", ["parameter-contract"]),
      ...inEach("get-insurance-fund-address calculate-fee", ["policy-registry"]),
      ...inEach("resolve-contract-address is-contract-admin", ["upgrade-manager"]),
      ...inEach("is-emergency-active", ["emergency-response"]),
    ],
  ],
  [
    "private",
    [
      ...inEach("request-insurance-coverage call-insurance-fund get-contract-by-name collect-policy-fee", ["policy-registry"]),
      ...inEach("enforce-tier-isolation allocate-to-tier handle-underwater-position", ["liquidity-pool"]),
      ...inEach("ensure-not-paused", [
        "oracle",
        "analytics",
        "incentives",
        "treasury",
        "insurance-fund",
        "dispute-resolution",
        "policy-registry",
        "liquidity-pool",
        "liquidation-engine",
        "p2p-marketplace",
      ]),
      ...inEach("ensure-not-flash-loan", ["policy-registry", "liquidity-pool", "liquidation-engine", "p2p-marketplace"]),
      ...inEach("check-emergency-status", ["policy-registry", "liquidity-pool", "p2p-marketplace", "incentives"]),
      ...inEach("get-contract-address", [
        "incentives",
        "dispute-resolution",
        "policy-registry",
        "liquidity-pool",
        "governance",
      ]),
      ...inEach("process-incentives", ["policy-registry", "liquidity-pool"]),
      ...inEach("update-metrics", [
        "insurance-fund",
        "policy-registry",
        "liquidity-pool",
        "liquidation-engine",
        "p2p-marketplace",
      ]),
    ],
  ],
];

const seedVariables: [Contract, string, string][] = [
  ["insurance-fund", "fund-size", "uint128"],
  ["insurance-fund", "total-payouts", "uint128"],
  ["insurance-fund", "min-fund-size", "uint128"],
  ["upgrade-manager", "implementation-address", "principal"],
];

/** Key and value of every map that the integration strategy names. */
const seedMaps: [Contract, string, string, string][] = [
  [
    "parameter-contract",
    "circuit-breakers",
    "breaker-id: ascii50",
    "activation-threshold: uint, auto-deactivation-height: uint, description: ascii100, last-activated: uint, status: bool",
  ],
  [
    "parameter-contract",
    "rate-limiting",
    "action-type: ascii50, user: principal",
    "count-in-period: uint, last-action-height: uint, period-start: uint",
  ],
  [
    "treasury",
    "fee-allocations",
    "allocation-id: ascii50",
    "active: bool, description: ascii100, percentage: uint, recipient: principal",
  ],
  [
    "liquidity-pool",
    "supported-collateral-tokens",
    "token-contract: principal",
    "active: bool, collateralization-ratio: uint, decimals: uint, liquidation-threshold: uint, price-feed: principal, symbol: ascii10",
  ],
  [
    "liquidity-pool",
    "tier-isolation-settings",
    "tier-name: ascii20",
    "current-utilization: uint, isolated: bool, max-capacity: uint, overflow-behavior: ascii20",
  ],
  [
    "liquidation-engine",
    "liquidation-events",
    "liquidation-id: uint",
    "liquidation-amount: uint, liquidation-price: uint, liquidator: principal, provider: principal, remaining-amount: uint, timestamp: uint",
  ],
  [
    "upgrade-manager",
    "contract-registry",
    "contract-name: ascii50",
    "contract-address: principal, current-version: ascii20, last-upgraded: uint, upgradeable: bool",
  ],
  [
    "upgrade-manager",
    "migration-states",
    "migration-id: uint",
    "from-version: ascii20, migrated-records: uint, status: ascii20, to-version: ascii20",
  ],
  [
    "incentives",
    "incentive-programs",
    "program-id: ascii50",
    "active: bool, end-height: uint, name: ascii100, reward-token: principal, start-height: uint, total-rewards: uint",
  ],
  [
    "analytics",
    "protocol-metrics",
    "metric-id: ascii50, period-start: uint",
    "last-updated: uint, period-duration: uint, value: uint",
  ],
  [
    "dispute-resolution",
    "disputes",
    "dispute-id: uint",
    "disputant: principal, dispute-type: ascii50, related-entity-id: uint, status: ascii20",
  ],
  [
    "emergency-response",
    "emergency-procedures",
    "procedure-id: ascii50",
    "description: ascii200, max-duration: uint, procedure-steps: list10 ascii100, required-approvals: uint",
  ],
];

function shape(type: unknown): string {
  if (typeof type === "string") return type.replace("128", "");
  const [[kind, inner]] = Object.entries(type as Record<string, never>);
  if (kind === "string-ascii") return `ascii${(inner as { length: number }).length}`;
  if (kind === "list") {
    const list = inner as { length: number; type: unknown };
    return `list${list.length} ${shape(list.type)}`;
  }
  if (kind === "tuple") {
    const fields = inner as { name: string; type: unknown }[];
    return fields.map((field) => `${field.name}: ${shape(field.type)}`).sort().join(", ");
  }
  return JSON.stringify(type);
}

const interfaceOf = (contract: string) => {
  const found = simnet.getContractsInterfaces().get(contractId(contract));
  if (!found) throw new Error(`${contract} is not deployed`);
  return found;
};

beforeAll(freshChain);

describe.each(protocolContracts)("%s", (name) => {
  it("has the errors of the protocol, and no others", () => {
    const defined = codeOf(name).match(/^\(define-constant err-.*$/gm) ?? [];
    // In their order, and none that nothing uses.
    expect(defined).toEqual(errors.filter((line) => isUsed(codeOf(name), line)));
    expect(codeOf(name)).not.toMatch(/\(err\s+u\d/);
  });

  it("has its sections in the order of all contracts", () => {
    const order = ["define-constant", "define-data-var", "define-map", "define-private", "define-read-only", "define-public"];
    const kinds = [...codeOf(name).matchAll(/^\((define-[\w-]+)/gm)].map((match) => order.indexOf(match[1]));
    expect(kinds).not.toContain(-1);
    expect(kinds).toEqual([...kinds].sort((a, b) => a - b));
  });

  it("calls what its layer may call", () => {
    const called = new Set([...codeOf(name).matchAll(/contract-call\?\s+\.([\w-]+)/g)].map((match) => match[1]));
    expect([...called].sort()).toEqual([...staticCalls[name]].sort());
  });

  it("calls what comes as an argument where it is checked", () => {
    const called = new Set([...codeOf(name).matchAll(/contract-call\?\s+[a-z][\w-]*\s+([\w-]+)/g)].map((match) => match[1]));
    expect([...called].sort()).toEqual(dynamicCalls[name] ?? []);
  });

  it("declares the trait that it implements", () => {
    const declared = [...codeOf(name).matchAll(/impl-trait\s+([^\s)]+)/g)].map((match) => match[1]);
    expect(declared).toEqual(name in implementedTraits ? [implementedTraits[name]] : []);
  });

  it("uses no construct that is dangerous or changes its meaning", () => {
    const words = new Set(codeOf(name).split(/[\s(){}]+/));
    expect(forbidden.filter((word) => words.has(word))).toEqual([]);
  });

  it("is plain ASCII with short lines", () => {
    expect(sourceOf(name)).toMatch(/^[\n\x20-\x7e]*$/);
    expect(sourceOf(name).split("\n").filter((line) => line.length > 120)).toEqual([]);
  });
});

describe("the layers", () => {
  it("leave no cycle among the static calls", () => {
    const deployed: string[] = [];
    for (const name of protocolContracts) {
      for (const callee of staticCalls[name]) expect(deployed).toContain(callee);
      deployed.push(name);
    }
  });

  it("include a token that anybody can mint, for tests", () => {
    expect(codeOf("mock-token")).toContain(`(impl-trait ${implementedTraits["mock-token"]})`);
  });
});

describe("the integration strategy", () => {
  it.each(seedFunctions)("has its %s functions where they belong", (access, functions) => {
    const missing = functions.filter(
      ([fn, contract]) => !interfaceOf(contract).functions.some((known) => known.name === fn && known.access === access),
    );
    expect(missing).toEqual([]);
  });

  it.each(seedVariables)("has its variable %s.%s", (contract, variable, type) => {
    const found = interfaceOf(contract).variables.find((known) => known.name === variable);
    expect(found).toMatchObject({ access: "variable", type });
  });

  it.each(seedMaps)("has its map %s.%s", (contract, map, key, value) => {
    const found = interfaceOf(contract).maps.find((known) => known.name === map);
    expect([shape(found?.key), shape(found?.value)]).toEqual([key, value]);
  });
});
