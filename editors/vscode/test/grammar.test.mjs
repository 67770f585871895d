// The grammar, read by the library that VS Code reads it with.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const CONTRACTS = fileURLToPath(new URL("../../../contracts", import.meta.url));

const manifest = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
const [contributed] = manifest.contributes.grammars;
const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
await oniguruma.loadWASM(readFileSync(wasm));
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => {
    assert.equal(scope, contributed.scopeName);
    const path = join(HERE, contributed.path);
    return textmate.parseRawGrammar(readFileSync(path, "utf8"), path);
  },
});
const grammar = await registry.loadGrammar(contributed.scopeName);

/** The pieces of a text that have a scope of their own, each with the innermost one. */
function pieces(text) {
  let state = textmate.INITIAL;
  const all = [];
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    for (const { startIndex, endIndex, scopes } of tokens) {
      const piece = line.slice(startIndex, endIndex);
      if (piece.trim()) {
        all.push([piece.trim(), scopes.at(-1).replace(/\.clarity$/, "")]);
      }
    }
  }
  return all;
}

function scopes(text) {
  return Object.fromEntries(pieces(text));
}

test("the grammar is that of the language", () => {
  assert.equal(contributed.language, "clarity");
  assert.deepEqual(manifest.contributes.languages.map((it) => it.id), ["clarity"]);
});

test("definitions, calls and words are told apart", () => {
  const found = scopes(`(define-public (set-fee! (to uint) (token <ft>))
    (let ((old (var-get fee)))
      (asserts! (is-eq tx-sender .control) ERR-ADMIN)
      (ok { fee: to, at: none })))`);
  for (const [piece, scope] of [
    ["define-public", "keyword.other.definition"],
    ["set-fee!", "entity.name.function"],
    ["uint", "storage.type"],
    ["<ft>", "entity.name.type"],
    ["let", "keyword.control"],
    ["asserts!", "keyword.control"],
    ["var-get", "entity.name.function"],
    ["tx-sender", "variable.language"],
    [".control", "entity.name.namespace.contract"],
    ["ERR-ADMIN", "variable.other"],
    ["at", "variable.other.property"],
    ["none", "constant.language"],
  ]) {
    assert.equal(found[piece], scope, piece);
  }
  assert.equal(scopes("(define-map balances principal uint)").balances, "variable.other.constant");
});

test("the function that is called in another contract is one", () => {
  for (const [contract, scope] of [
    [".vault", "entity.name.namespace.contract"],
    ["'SP000000000000000000002Q6VF78.vault", "entity.name.namespace.contract"],
    ["token", "variable.other"],
  ]) {
    const found = scopes(`(contract-call? ${contract} pay-out! amount)`);
    assert.deepEqual(
      [found["contract-call?"], found[contract], found["pay-out!"], found.amount],
      ["keyword.control", scope, "entity.name.function", "variable.other"],
    );
  }
});

test("words within names are parts of names", () => {
  const found = scopes("(is-not-none? true-name none-left u1x uint-of if-any)");
  assert.deepEqual(Object.keys(found).filter((it) => !"()".includes(it)), [
    "is-not-none?", "true-name", "none-left", "u1x", "uint-of", "if-any",
  ]);
});

test("literals are whole", () => {
  const literals = ["u12", "-3", "0x00fF", "'SP000000000000000000002Q6VF78", "'SP000000000000000000002Q6VF78.a-b.c", ".a.b"];
  const found = pieces(literals.join(" "));
  assert.deepEqual(found.map(([piece]) => piece), literals);
  const scope = /^(constant\.numeric|entity\.name\.namespace)/;
  assert.ok(found.every(([, it]) => scope.test(it)), JSON.stringify(found));
});

test("strings and comments hold nothing else, and end with their lines", () => {
  assert.deepEqual(pieces(';; (if "x" é\n(f)').map(([, scope]) => scope).slice(0, 2), [
    "comment.line.double-semicolon", "punctuation.section.parens",
  ]);
  const string = pieces('u"a ;; (if \\" \\u{1F600}" u1');
  assert.deepEqual(string.filter(([, scope]) => scope.startsWith("constant.")), [
    ['\\"', "constant.character.escape"], ["\\u{1F600}", "constant.character.escape"], ["u1", "constant.numeric"],
  ]);
  // One that nobody has closed yet takes nothing of the next line.
  assert.deepEqual(pieces('"half\ntrue').at(-1), ["true", "constant.language"]);
});

test("everything in contracts has a scope", () => {
  const files = readdirSync(CONTRACTS, { recursive: true }).filter((file) => file.endsWith(".clar"));
  assert.ok(files.length > 10, files.join());
  for (const file of files) {
    const bare = pieces(readFileSync(join(CONTRACTS, file), "utf8")).filter(([, scope]) => scope === "source");
    assert.deepEqual(bare, [], file);
  }
});
