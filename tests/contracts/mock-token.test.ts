import { beforeEach, describe, expect, it } from "vitest";
import {
  Cl,
  address,
  accountNames,
  buyer,
  call,
  contractId,
  cvToString,
  errUnauthorized,
  expectErr,
  expectOk,
  expectValue,
  freshChain,
  printed,
  provider,
  read,
  simnet,
  stranger,
  tokenBalance,
} from "./helpers";

describe("mock-token", () => {
  beforeEach(freshChain);

  it("works with the accounts of settings/Devnet.toml", () => {
    expect(Object.fromEntries(simnet.getAccounts())).toEqual(address);
    expect(accountNames.length).toBe(9);
  });

  it("describes itself", () => {
    expect(cvToString(read("mock-token", "get-name"))).toBe('(ok "Mock Token")');
    expect(cvToString(read("mock-token", "get-symbol"))).toBe('(ok "MOCK")');
    expectValue(read("mock-token", "get-decimals"), Cl.ok(Cl.uint(6)));
    expectValue(read("mock-token", "get-token-uri"), Cl.ok(Cl.none()));
  });

  it("is minted by its deployer alone", () => {
    expectErr(call("mock-token", "mint", [500, stranger], stranger), errUnauthorized);
    expectOk(call("mock-token", "mint", [500, provider]), true);
    expect(tokenBalance(provider)).toBe(500n);
    expectValue(read("mock-token", "get-total-supply"), Cl.ok(Cl.uint(500)));
  });

  it("moves from the signer, and prints a memo", () => {
    call("mock-token", "mint", [500, provider]);
    const silent = call("mock-token", "transfer", [200, provider, buyer, null], provider);
    expectOk(silent, true);
    expect(printed(silent)).toEqual([]);
    const noted = call("mock-token", "transfer", [100, provider, buyer, Cl.some(Cl.bufferFromHex("c0ffee"))], provider);
    expectOk(noted, true);
    expect(printed(noted).map(({ value }) => cvToString(value))).toEqual(["0xc0ffee"]);
    expect([tokenBalance(provider), tokenBalance(buyer)]).toEqual([200n, 300n]);
  });

  it("does not move for anybody else", () => {
    call("mock-token", "mint", [500, provider]);
    expectErr(call("mock-token", "transfer", [1, provider, stranger, null], stranger), errUnauthorized);
    expectErr(call("mock-token", "transfer", [1, contractId("treasury"), stranger, null], stranger), errUnauthorized);
    expect(tokenBalance(provider)).toBe(500n);
  });
});
