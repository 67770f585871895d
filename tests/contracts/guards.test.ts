// Which breaker stops which function, for all functions at once, and who has rights at all.

import { beforeEach, describe, expect, it } from "vitest";
import { ClarityType, cvToString } from "@stacks/transactions";
import {
  address,
  admin,
  call,
  Cl,
  contractId,
  errContractPaused,
  errUnauthorized,
  expectErr,
  expectOk,
  expectValue,
  freshProtocol,
  read,
  seededRandom,
  simnet,
  stranger,
} from "./helpers";
import { anyArguments, publicFunctions } from "./fuzz";
import { activePolicy, deployHostile, pause, provide, purchase, replaceContract, setPrice, settle, token, tier } from "./scenario";
import { variable } from "./state";

/** The functions that each breaker stops, besides the breaker for everything. */
const guarded: Record<string, string[]> = {
  "action-purchase": [
    "policy-registry.purchase-policy",
    "policy-registry.register-p2p-policy",
    "liquidity-pool.lock-collateral",
  ],
  "action-settle": [
    "policy-registry.settle-policy",
    "policy-registry.expire-policy",
    "policy-registry.execute-dispute-award",
    "liquidity-pool.settle-claim",
    "liquidity-pool.release-expired",
    "liquidity-pool.collect-claim",
    "liquidity-pool.assign-claim",
    "policy-registry.pay-claim-in-stx",
  ],
  "action-deposit": [
    "liquidity-pool.deposit-collateral",
    "liquidity-pool.add-collateral-token",
    "liquidity-pool.activate-collateral-token",
    "liquidity-pool.deactivate-collateral-token",
    "liquidity-pool.set-collateralization-ratio",
    "liquidity-pool.add-tier",
    "liquidity-pool.configure-tier",
  ],
  "action-withdraw": ["liquidity-pool.withdraw-collateral", "liquidity-pool.claim-premiums"],
  "action-liquidate": [
    "liquidation-engine.liquidate-position",
    "liquidation-engine.liquidate-within",
    "liquidity-pool.check-position",
    "liquidity-pool.seize-collateral",
  ],
  "action-p2p": [
    "p2p-marketplace.create-offer",
    "p2p-marketplace.cancel-offer",
    "p2p-marketplace.accept-offer",
    "liquidity-pool.underwrite-p2p",
  ],
  "action-insurance": [
    "insurance-fund.contribute-to-fund",
    "insurance-fund.sync-fund",
    "insurance-fund.cover-shortfall",
    "insurance-fund.set-min-fund-size",
    "insurance-fund.withdraw-surplus",
  ],
  "action-treasury": [
    "treasury.set-allocation",
    "treasury.remove-allocation",
    "treasury.process-fee",
    "treasury.distribute",
    "treasury.withdraw-reserve",
    "treasury.sync-reserve",
  ],
  "action-incentives": [
    "incentives.create-incentive-program",
    "incentives.record-activity",
    "incentives.claim-rewards",
    "incentives.close-program",
  ],
  "action-dispute": [
    "dispute-resolution.file-dispute",
    "dispute-resolution.set-parties",
    "dispute-resolution.vote-on-dispute",
    "dispute-resolution.withdraw-dispute",
    "policy-registry.dispute-settlement",
  ],
  "action-analytics": ["analytics.record-metric"],
  "action-oracle": ["oracle.update-price", "oracle.link-token"],
};

/** Who may be liquidated may always add collateral: while that is stopped, so is this. */
const alsoStopped: Record<string, string[]> = {
  "action-deposit": ["liquidation-engine.liquidate-position", "liquidation-engine.liquidate-within"],
};

/** Administration of people and limits: no guard. */
const administration = [
  "oracle.add-feeder",
  "oracle.remove-feeder",
  "oracle.set-price",
  "oracle.apply-price",
  "oracle.accept-price",
  "dispute-resolution.add-arbiter",
  "dispute-resolution.remove-arbiter",
  "dispute-resolution.set-required-votes",
  "incentives.set-action-weight",
];

/** The control plane has to work in an emergency: no guards. */
const controlPlane = ["upgrade-manager", "parameter-contract", "emergency-response", "governance"];

const principals = [...Object.values(address), contractId("liquidity-pool"), token];

beforeEach(async () => {
  await freshProtocol();
  deployHostile("implementation");
});

const codeOf = (result: ReturnType<typeof call>["result"]): string =>
  result.type === ClarityType.ResponseErr ? cvToString(result.value) : "ok";

const attempts = (round: number) => {
  const random = seededRandom(round);
  const pools = { principals, implementations: { implementation: contractId("implementation") } };
  return publicFunctions().map((fn) => ({
    id: `${fn.contract}.${fn.name}`,
    contract: fn.contract,
    run: (sender: string) => codeOf(call(fn.contract, fn.name, anyArguments(random, fn, pools), sender).result),
  }));
};

const paused = `u${errContractPaused}`;

describe("circuit breakers", () => {
  it("leave no public function out", () => {
    const known = [...Object.values(guarded).flat(), ...administration].sort();
    const all = publicFunctions()
      .filter(({ contract }) => !controlPlane.includes(contract))
      .map(({ contract, name }) => `${contract}.${name}`)
      .sort();
    expect(all).toEqual(known);
  });

  it("stop everything at once, whatever the arguments and whoever calls", () => {
    pause("action-all");
    const stopped = new Set(Object.values(guarded).flat());
    for (const round of [1, 2]) {
      for (const { id, contract, run } of attempts(round)) {
        for (const sender of [stranger, address.wallet_1]) {
          const code = run(sender);
          if (stopped.has(id)) expect(code, id).toBe(paused);
          else if (controlPlane.includes(contract) || administration.includes(id)) expect(code, id).not.toBe(paused);
        }
      }
    }
    // The admin is stopped like anybody else.
    for (const { id, run } of attempts(3)) {
      if (stopped.has(id)) expect(run(admin), id).toBe(paused);
    }
  });

  it("stop their own functions, and no others", () => {
    for (const [breaker, functions] of Object.entries(guarded)) {
      pause(breaker);
      for (const { id, run } of attempts(4)) {
        if (functions.includes(id) || alsoStopped[breaker]?.includes(id)) expect(run(stranger), `${id} under ${breaker}`).toBe(paused);
        else expect(run(stranger), `${id} under ${breaker}`).not.toBe(paused);
      }
      expectOk(call("parameter-contract", "deactivate-circuit-breaker", [breaker]));
    }
  });

  it("are all configured", () => {
    for (const breaker of [...Object.keys(guarded), "action-all", "oracle-deviation"]) {
      expect(cvToString(read("parameter-contract", "get-circuit-breaker", [breaker])), breaker).not.toBe("none");
    }
  });

  it("spread through calls: no fee, no purchase; no fund, no shortfall; no price, no anything", () => {
    provide();
    pause("action-treasury");
    expectErr(purchase(), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-treasury"]));
    expectOk(purchase());
    simnet.mineEmptyBurnBlocks(1);
    setPrice("BTC", 45_000_000_000n);
    pause("oracle-deviation");
    expectErr(settle(1), errContractPaused);
    expectErr(purchase(), errContractPaused);
    expectOk(call("oracle", "accept-price", ["BTC"]));
    expectOk(settle(1));
  });
});

describe("rights", () => {
  const outsider = "outsider";
  const doors: [string, Parameters<typeof call>[2]][] = [
    ["record-metric", []],
    ["record-activity", []],
    ["consume-quota", [address.wallet_2]],
    ["trip-breaker", []],
    ["take-fee", []],
    ["draw-on-fund", []],
    ["file-settlement-dispute", []],
    ["set-parties", []],
    ["register-p2p", [address.wallet_1]],
    ["expire", [1]],
    ["lock", [address.wallet_1]],
    ["underwrite", [address.wallet_1]],
    ["claim", [1, token]],
    ["seize", [address.wallet_1]],
    ["become-admin", []],
    ["set-parameter", []],
    ["stop-everything", []],
    ["lure", [1, address.wallet_2]],
  ];

  it("are nobody's without a registered name, even if the admin signs", () => {
    activePolicy();
    deployHostile(outsider);
    for (const [fn, args] of doors) {
      for (const signer of [admin, address.wallet_1, stranger]) {
        expectErr(call(outsider, fn, args, signer), errUnauthorized);
      }
    }
    expect(variable("upgrade-manager", "pending-admin")).toBeNull();
  });

  it("end with the registration", () => {
    activePolicy();
    for (const name of ["policy-registry", "liquidity-pool", "liquidation-engine", "p2p-marketplace", "governance"]) {
      replaceContract(name, deployHostile("role-holder", `new-${name}`));
      expectValue(read("upgrade-manager", "is-protocol-contract", [contractId(name)]), false);
      expectValue(read("upgrade-manager", "is-contract-named", [name, contractId(name)]), false);
    }
    // The old registry can neither count, nor consume quotas, nor pay fees, nor lock.
    expectErr(purchase(), errUnauthorized);
    expectErr(call("liquidity-pool", "deposit-collateral", [1, token, tier], stranger), errUnauthorized);
    expectErr(call("p2p-marketplace", "create-offer", [token, tier, 1, 1, 1, 1, 1], stranger), errUnauthorized);
    expectErr(call("governance", "execute-proposal", [1], stranger), 404);
  });

  it("of the admin do not pass through a contract that the admin calls", () => {
    deployHostile(outsider);
    provide();
    expectOk(purchase());
    const reserve = variable("treasury", "reserve") as bigint;
    expectErr(call(outsider, "lure", [reserve, address.wallet_2], admin), errUnauthorized);
    expectOk(call("treasury", "withdraw-reserve", [reserve, address.wallet_2], admin));
  });

  it("of the guardians reach as far as a procedure does", () => {
    expectErr(call("parameter-contract", "activate-circuit-breaker", ["action-p2p"], address.wallet_5), errUnauthorized);
    expectErr(
      call("emergency-response", "activate-emergency-procedure", ["halt"], stranger),
      errUnauthorized,
    );
    expectOk(call("emergency-response", "activate-emergency-procedure", ["halt"], address.wallet_5), false);
    expectValue(read("parameter-contract", "is-circuit-breaker-active", ["action-all"]), Cl.bool(false));
    expectOk(call("emergency-response", "activate-emergency-procedure", ["halt"], address.wallet_6), true);
    expectValue(read("parameter-contract", "is-circuit-breaker-active", ["action-all"]), Cl.bool(true));
  });
});
