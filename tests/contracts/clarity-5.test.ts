import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chainOf } from "./chain";
import {
  bootstrap,
  buyer,
  call,
  contractId,
  expectOk,
  expectValue,
  protocolContracts,
  provider,
  read,
  setPrice,
  simnet,
} from "./helpers";
import { projectFolder } from "./paths";

// The same sources have to work unchanged as Clarity 5 in epoch 3.4, where they may be redeployed.
describe("the protocol as Clarity 5 in epoch 3.4", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bithedge-clarity-5-"));

  beforeAll(async () => {
    for (const name of ["contracts", "settings"]) {
      fs.cpSync(path.join(projectFolder, name), path.join(folder, name), { recursive: true });
    }
    const manifest = fs
      .readFileSync(path.join(projectFolder, "Clarinet.toml"), "utf8")
      .replaceAll("clarity_version = 4", "clarity_version = 5")
      .replaceAll("epoch = 3.3", "epoch = 3.4");
    fs.writeFileSync(path.join(folder, "Clarinet.toml"), manifest);
    await chainOf(path.join(folder, "Clarinet.toml"));
  });

  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("deploys every contract in that version", () => {
    const interfaces = simnet.getContractsInterfaces();
    for (const name of [...protocolContracts, "sip-010-trait", "protocol-traits", "mock-token"]) {
      const contract = interfaces.get(contractId(name));
      expect([name, contract?.clarity_version, contract?.epoch]).toEqual([name, "Clarity5", "Epoch34"]);
    }
  });

  it("can be configured, and sells and settles a policy", () => {
    bootstrap();
    expectOk(call("mock-token", "mint", [10_000_000_000n, provider]));
    expectOk(
      call("liquidity-pool", "deposit-collateral", [10_000_000_000n, contractId("mock-token"), "balanced"], provider),
      true,
    );
    expectOk(
      call(
        "policy-registry",
        "purchase-policy",
        [10_000_000n, 60_000_000_000n, 4_320n, "balanced", provider, contractId("mock-token"), 500_000_000n, contractId("liquidity-pool")],
        buyer,
      ),
      1n,
    );
    simnet.mineEmptyBurnBlocks(1);
    setPrice("BTC", 45_000_000_000n);
    expectOk(
      call(
        "policy-registry",
        "settle-policy",
        [1n, 0n, contractId("liquidity-pool"), contractId("mock-token"), contractId("insurance-fund")],
        buyer,
      ),
    );
    expectOk(read("mock-token", "get-balance", [buyer]), 1_500_000_000n);
    expectValue(read("policy-registry", "get-last-policy-id"), 1n);
  });
});
