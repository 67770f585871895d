// The state that the bootstrap has to end in, and the plans that deploy what it begins with.

import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  admin,
  arbiters,
  Cl,
  contractId,
  expectOk,
  expectValue,
  feeder,
  field,
  freshProtocol,
  guardians,
  haltProcedure,
  protocolContracts,
  read,
  toNumber,
  tokenSymbol,
} from "./helpers";
import { projectFolder } from "./paths";
import { fund, token } from "./scenario";

const named = protocolContracts.filter((name) => name !== "upgrade-manager" && name !== "pricing");

describe("after the bootstrap", () => {
  beforeAll(freshProtocol);

  it("every contract carries its own name, and the core is not upgradeable", () => {
    for (const name of named) expectOk(read("upgrade-manager", "resolve-contract-address", [name]), contractId(name));
    for (const name of ["policy-registry", "parameter-contract", "oracle"]) {
      expect(field(read("upgrade-manager", "get-contract-info", [name]), "upgradeable"), name).toBe("false");
    }
    expectValue(read("upgrade-manager", "get-contract-admin"), admin);
  });

  it("governance has its floors", () => {
    for (const [parameter, least] of [
      ["quorum", 100_000_000_000n],
      ["voting-period", 432n],
      ["timelock", 144n],
      ["proposal-threshold", 1_000_000_000n],
    ] as const) {
      const info = read("parameter-contract", "get-parameter-info", [parameter]);
      expect(field(info, "min-value"), parameter).toBe(`u${least}`);
      expect(toNumber(read("parameter-contract", "get-parameter", [parameter])) >= least, parameter).toBe(true);
    }
  });

  it("prices are listed by feeders that count", () => {
    expectValue(read("oracle", "is-feeder", [feeder]), true);
    for (const symbol of ["BTC", "STX", tokenSymbol]) expectOk(read("oracle", "get-fresh-price", [symbol]));
  });

  it("enough guardians can stop everything, and enough arbiters decide a dispute", () => {
    expectValue(read("emergency-response", "get-guardian-count"), guardians.length);
    expect(guardians.length).toBeGreaterThanOrEqual(3);
    const procedure = read("emergency-response", "get-procedure", [haltProcedure]);
    expect(field(procedure, "procedure-steps")).toBe('(list "action-all")');
    expect(field(procedure, "required-approvals")).toBe("u2");
    expect(toNumber(read("dispute-resolution", "get-required-votes"))).toBeLessThanOrEqual(BigInt(arbiters.length));
    for (const arbiter of arbiters) expectValue(read("dispute-resolution", "is-arbiter", [arbiter]), true);
  });

  it("the fund is above its minimum and fed by fees, and what is limited has a limit", () => {
    expectValue(read("insurance-fund", "is-fund-healthy"), true);
    expect(field(read("treasury", "get-allocation", ["insurance"]), "recipient")).toBe(fund);
    for (const action of ["collateral", "purchase", "settle", "p2p", "liquidate"]) {
      expect(read("parameter-contract", "get-rate-limit-config", [action]).type, action).toBe(Cl.some(Cl.bool(true)).type);
    }
    expect(field(read("liquidity-pool", "get-collateral-token", [token]), "active")).toBe("true");
  });
});

describe.each(["testnet", "mainnet"])("the plan for %s", (network) => {
  const plan = fs.readFileSync(path.join(projectFolder, "deployments", `default.${network}-plan.yaml`), "utf8");

  it("publishes every contract in its order, and no token that anybody can mint", () => {
    const published = [...plan.matchAll(/contract-name: (\S+)/g)].map((match) => match[1]);
    expect(published).toEqual(["sip-010-trait", "protocol-traits", ...protocolContracts]);
    for (const file of [...plan.matchAll(/path: (\S+)/g)].map((match) => match[1])) {
      expect(fs.existsSync(path.join(projectFolder, file)), file).toBe(true);
    }
  });

  it("registers every contract that has a name", () => {
    const registered = [...plan.matchAll(/- '"([\w-]+)"'\n\s+- "'(\S+)\.([\w-]+)"/g)].map((match) => [match[1], match[3]]);
    expect(registered).toEqual(named.map((name) => [name, name]));
  });
});
