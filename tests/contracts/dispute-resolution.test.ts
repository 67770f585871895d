import { beforeEach, describe, expect, it } from "vitest";
import {
  Cl,
  address,
  arbiters,
  bitcoinHeight,
  buyer,
  call,
  contractId,
  errInsufficientFunds,
  errInvalidInput,
  errNotFound,
  errUnauthorized,
  eventNames,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  field,
  freshChain,
  read,
  seededRandom,
  simnet,
  stranger,
  stxBalance,
} from "./helpers";
import { callThrough, deployMember, deployRelay, expectAdminOnly, expectPausedBy } from "./relay";

const disputes = "dispute-resolution";
const disputesAddress = contractId(disputes);
const fundAddress = contractId("insurance-fund");
const bond = 1_000_000n;
const hash = Cl.bufferFromHex("ab".repeat(32));
const file = (type = "oracle", who = buyer) => call(disputes, "file-dispute", [type, 7, hash], who);
const fileSettlement = (who = buyer, relay = "registry") =>
  callThrough(relay, disputes, "file-dispute", ["settlement", 7, hash], who);
const vote = (id: number, arbiter: string, uphold: boolean, award = 0) =>
  call(disputes, "vote-on-dispute", [id, uphold, award], arbiter);
const withdraw = (id: number, who = buyer) => call(disputes, "withdraw-dispute", [id], who);
const statusOf = (id: number) => field(read(disputes, "get-dispute", [id]), "status");
const [first, second, third] = arbiters;

describe("dispute-resolution", () => {
  beforeEach(async () => {
    await freshChain();
    for (const name of [disputes, "insurance-fund"]) {
      expectOk(call("upgrade-manager", "register-contract", [name, contractId(name), "1.0.0"]));
    }
    deployMember("registry", "policy-registry", [disputes]);
    deployMember("member", "some-member", [disputes]);
    deployRelay("phisher", [disputes]);
    for (const arbiter of arbiters) expectOk(call(disputes, "add-arbiter", [arbiter]));
  });

  it("knows its arbiters", () => {
    const added = call(disputes, "add-arbiter", [stranger]);
    expectOk(added, true);
    expectEvent(added, disputes, "arbiter-added", { arbiter: stranger });
    expectErr(call(disputes, "add-arbiter", [stranger]), errInvalidInput);
    expectValue(read(disputes, "is-arbiter", [stranger]), true);
    const removed = call(disputes, "remove-arbiter", [stranger]);
    expectOk(removed, true);
    expectEvent(removed, disputes, "arbiter-removed", { arbiter: stranger });
    expectErr(call(disputes, "remove-arbiter", [stranger]), errNotFound);
    expectValue(read(disputes, "is-arbiter", [stranger]), false);
  });

  it("asks for a number of votes, of later disputes only", () => {
    expectValue(read(disputes, "get-required-votes"), 2);
    expectErr(call(disputes, "set-required-votes", [0]), errInvalidInput);
    expectOk(file(), 1);
    const set = call(disputes, "set-required-votes", [1]);
    expectOk(set, true);
    expectEvent(set, disputes, "required-votes-set", { votes: 1 });
    expectOk(file(), 2);
    expectOk(vote(1, first, true), false);
    expectOk(vote(2, first, true), true);
  });

  it("takes a dispute from anybody, with a bond", () => {
    const before = stxBalance(buyer);
    const filed = file();
    expectOk(filed, 1);
    expectEvent(filed, disputes, "dispute-filed", {
      "dispute-id": 1,
      "dispute-type": "oracle",
      "related-entity-id": 7,
      disputant: buyer,
    });
    expect(before - stxBalance(buyer)).toBe(bond);
    expectValue(
      read(disputes, "get-dispute", [1]),
      Cl.some(
        Cl.tuple({
          disputant: Cl.principal(buyer),
          "dispute-type": Cl.stringAscii("oracle"),
          "related-entity-id": Cl.uint(7),
          status: Cl.stringAscii("pending"),
        }),
      ),
    );
    expectValue(
      read(disputes, "get-dispute-details", [1]),
      Cl.some(
        Cl.tuple({
          "evidence-hash": hash,
          "filed-at": Cl.uint(bitcoinHeight()),
          "resolved-at": Cl.uint(0),
          bond: Cl.uint(bond),
          required: Cl.uint(2),
          "uphold-votes": Cl.uint(0),
          "reject-votes": Cl.uint(0),
          award: Cl.uint(0),
        }),
      ),
    );
    expectOk(file(), 2);
  });

  it("takes disputes of settlements from the registry only, and the signer's bond", () => {
    expectErr(file("settlement"), errUnauthorized);
    expectErr(fileSettlement(buyer, "phisher"), errUnauthorized);
    expectErr(fileSettlement(buyer, "member"), errUnauthorized);
    const before = stxBalance(buyer);
    expectOk(fileSettlement(), 1);
    expect(before - stxBalance(buyer)).toBe(bond);
    expect(field(read(disputes, "get-dispute", [1]), "disputant")).toBe(buyer);
  });

  it("refuses disputes without a type, a whole hash, or the bond", () => {
    expectErr(file(""), errInvalidInput);
    expectErr(call(disputes, "file-dispute", ["oracle", 7, Cl.bufferFromHex("ab".repeat(31))]), errInvalidInput);
    simnet.transferSTX(stxBalance(stranger) - bond + 1n, buyer, stranger);
    expectErr(file("oracle", stranger), errInsufficientFunds);
    expectOk(file(), 1);
  });

  it("takes a bond of a single micro-STX, too, and returns it", () => {
    expectOk(call("parameter-contract", "set-parameter", ["dispute-bond", 1]));
    const before = stxBalance(buyer);
    expectOk(file(), 1);
    expect(before - stxBalance(buyer)).toBe(1n);
    expectOk(call(disputes, "withdraw-dispute", [1], buyer));
    expect(stxBalance(buyer)).toBe(before);
  });

  it("works without a bond", () => {
    expectOk(call("parameter-contract", "set-parameter", ["dispute-bond", 0]));
    const before = stxBalance(buyer);
    expectOk(file(), 1);
    vote(1, first, false);
    const rejected = vote(1, second, false);
    expectOk(rejected, true);
    expect(rejected.events.filter((event) => event.event === "stx_transfer_event")).toEqual([]);
    expect(stxBalance(buyer)).toBe(before);
  });

  it("upholds with enough votes, at the lowest award, and returns the bond", () => {
    expectOk(call(disputes, "set-required-votes", [3]));
    const before = stxBalance(buyer);
    expectOk(file());
    expectErr(read(disputes, "get-award", [1]), errInvalidInput);
    const voted = vote(1, first, true, 500);
    expectOk(voted, false);
    expectEvent(voted, disputes, "dispute-vote", { "dispute-id": 1, arbiter: first, uphold: true, award: 500 });
    expectOk(vote(1, second, true, 300), false);
    const upheld = vote(1, third, true, 400);
    expectOk(upheld, true);
    expectEvent(upheld, disputes, "dispute-resolved", { "dispute-id": 1, status: "upheld", award: 300 });
    expect(statusOf(1)).toBe('"upheld"');
    expect(stxBalance(buyer)).toBe(before);
    expectOk(
      read(disputes, "get-award", [1]),
      Cl.tuple({ disputant: Cl.principal(buyer), award: Cl.uint(300) }),
    );
  });

  it("takes no award from a vote that rejects", () => {
    expectOk(file());
    expectOk(vote(1, first, false, 1), false);
    expectOk(vote(1, second, true, 900), false);
    expectOk(vote(1, third, true, 800), true);
    expect(field(read(disputes, "get-dispute-details", [1]), "award")).toBe("u800");
  });

  it("rejects with enough votes, and gives the bond to the insurance fund", () => {
    expectOk(file());
    expectOk(vote(1, first, true, 500), false);
    expectOk(vote(1, second, false), false);
    const rejected = vote(1, third, false);
    expectOk(rejected, true);
    expectEvent(rejected, disputes, "dispute-resolved", { "dispute-id": 1, status: "rejected", award: 0 });
    expect(stxBalance(fundAddress)).toBe(bond);
    expect(stxBalance(disputesAddress)).toBe(0n);
    expectErr(read(disputes, "get-award", [1]), errInvalidInput);
  });

  it("needs a fund to give a rejected bond to", async () => {
    await freshChain();
    for (const arbiter of arbiters) expectOk(call(disputes, "add-arbiter", [arbiter]));
    expectOk(file());
    vote(1, first, false);
    expectErr(vote(1, second, false), errNotFound);
    expect(statusOf(1)).toBe('"pending"');
  });

  it("lets every arbiter vote once, on pending disputes of others", () => {
    expectErr(vote(1, first, true), errNotFound);
    expectOk(file());
    expectErr(vote(1, stranger, true), errUnauthorized);
    expectErr(callThrough("phisher", disputes, "vote-on-dispute", [1, true, 0], first), errUnauthorized);
    expectOk(vote(1, first, true), false);
    expectErr(vote(1, first, false), errInvalidInput);
    expectOk(vote(1, second, true), true);
    expectErr(vote(1, third, true), errInvalidInput);
    expectOk(file("oracle", third), 2);
    expectErr(vote(2, third, true), errUnauthorized);
  });

  it("is withdrawn by the disputant, with the bond, while it is pending", () => {
    const before = stxBalance(buyer);
    expectErr(withdraw(1), errNotFound);
    expectOk(file());
    expectErr(withdraw(1, stranger), errUnauthorized);
    expectErr(callThrough("phisher", disputes, "withdraw-dispute", [1], buyer), errUnauthorized);
    const withdrawn = withdraw(1);
    expectOk(withdrawn, true);
    expectEvent(withdrawn, disputes, "dispute-resolved", { "dispute-id": 1, status: "withdrawn", award: 0 });
    expect(eventNames(withdrawn)).toEqual(["dispute-resolved"]);
    expect(stxBalance(buyer)).toBe(before);
    expectErr(withdraw(1), errInvalidInput);
    expectErr(vote(1, first, true), errInvalidInput);
  });

  it("knows no awards of disputes that were never filed", () => {
    expectErr(read(disputes, "get-award", [1]), errNotFound);
    expectValue(read(disputes, "get-dispute", [1]), null);
    expectValue(read(disputes, "get-dispute-details", [1]), null);
  });

  it("is administered by the admin alone", () => {
    expectAdminOnly(disputes, "add-arbiter", [stranger]);
    expectAdminOnly(disputes, "remove-arbiter", [first]);
    expectAdminOnly(disputes, "set-required-votes", [1]);
  });

  it("is stopped by its breaker, but for its administration", () => {
    expectPausedBy("action-dispute", disputes, "file-dispute", ["oracle", 7, hash]);
    expectPausedBy("action-dispute", disputes, "vote-on-dispute", [1, true, 0]);
    expectPausedBy("action-dispute", disputes, "withdraw-dispute", [1]);
    expectOk(call("parameter-contract", "activate-circuit-breaker", ["action-all"]));
    expectOk(call(disputes, "add-arbiter", [stranger]), true);
    expectOk(call(disputes, "remove-arbiter", [stranger]), true);
    expectOk(call(disputes, "set-required-votes", [1]), true);
  });

  it("owns exactly the bonds of pending disputes, through any sequence", () => {
    const random = seededRandom(29);
    const people = [address.wallet_1, address.wallet_2, address.wallet_6];
    const bonds: bigint[] = [];
    const outcomes = new Set<string>();
    for (let step = 0; step < 300; step++) {
      const id = 1 + random(Math.max(bonds.length, 1));
      switch (random(6)) {
        case 0: {
          const amount = BigInt(random(3)) * 1_000n;
          expectOk(call("parameter-contract", "set-parameter", ["dispute-bond", amount]));
          expectOk(file("oracle", people[random(people.length)]), bonds.length + 1);
          bonds.push(amount);
          break;
        }
        case 1:
          if (random(3) === 0) withdraw(id, people[random(people.length)]);
          break;
        default:
          vote(id, arbiters[random(arbiters.length)], random(2) === 0, random(1_000));
      }
      if (step % 20 !== 19) continue;
      const pending = bonds.filter((_, index) => statusOf(index + 1) === '"pending"');
      expect(stxBalance(disputesAddress)).toBe(pending.reduce((sum, amount) => sum + amount, 0n));
    }
    for (let id = 1; id <= bonds.length; id++) outcomes.add(statusOf(id));
    expect([...outcomes]).toEqual(expect.arrayContaining(['"upheld"', '"rejected"', '"withdrawn"']));
  });
});
