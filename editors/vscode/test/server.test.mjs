// The server, spoken to by the library that VS Code speaks with. CLARLINT names the program; else it is the one on PATH.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import * as lsp from "vscode-languageserver-protocol/node";

const CONTRACT = `(define-data-var admin principal tx-sender)
(define-public (open) (contract-call? .nowhere nothing))
(define-public (set (to principal))
  (begin (asserts! (is-eq tx-sender (var-get admin)) (err u1)) (ok (var-set admin to))))
`;

/** A project and a connection to a server that has it open. */
async function begin(context, options) {
  const folder = mkdtempSync(join(tmpdir(), "clarlint-"));
  const path = join(folder, "a.clar");
  writeFileSync(join(folder, "clarlint.toml"), "");
  writeFileSync(path, CONTRACT);
  const server = spawn(process.env.CLARLINT ?? "clarlint", ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = lsp.createProtocolConnection(
    new lsp.StreamMessageReader(server.stdout),
    new lsp.StreamMessageWriter(server.stdin),
  );
  const ended = new Promise((resolve) => server.on("exit", resolve));
  context.after(() => {
    server.kill();
    rmSync(folder, { recursive: true });
  });
  connection.listen();
  const answer = await connection.sendRequest(lsp.InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "folder" }],
    initializationOptions: options,
  });
  await connection.sendNotification(lsp.InitializedNotification.type, {});
  const uri = pathToFileURL(path).href;
  const end = async () => {
    await connection.sendRequest(lsp.ShutdownRequest.type);
    await connection.sendNotification(lsp.ExitNotification.type);
    return ended;
  };
  return { connection, uri, answer, end };
}

function open(connection, uri) {
  const textDocument = { uri, languageId: "clarity", version: 7, text: CONTRACT };
  return connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument });
}

test("findings come for what is open", async (context) => {
  const { connection, uri, answer, end } = await begin(context, {});
  assert.equal(answer.serverInfo.name, "clarlint");
  const found = new Promise((resolve) => {
    connection.onNotification(lsp.PublishDiagnosticsNotification.type, (it) => it.version === 7 && resolve(it));
  });
  await open(connection, uri);
  const { diagnostics } = await found;
  assert.deepEqual(diagnostics.map((it) => it.code), ["unknown-contract"]);
  assert.equal(await end(), 0);
});

test("the settings of the extension are those of the server", async (context) => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const { properties } = manifest.contributes.configuration;
  assert.deepEqual([properties["clarlint.codeLens"].default, properties["clarlint.inlayHints"].default], [true, false]);
  const { connection, uri, end } = await begin(context, { codeLens: false });
  await open(connection, uri);
  const lenses = () => connection.sendRequest(lsp.CodeLensRequest.type, { textDocument: { uri } });
  assert.equal(await lenses(), null);
  const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
  const hints = () => connection.sendRequest(lsp.InlayHintRequest.type, { textDocument: { uri }, range });
  assert.equal(await hints(), null);
  const settings = { clarlint: { codeLens: true, inlayHints: true } };
  await connection.sendNotification(lsp.DidChangeConfigurationNotification.type, { settings });
  const titles = (await lenses()).map((it) => it.command.title);
  assert.ok(titles.includes("role: tx-sender = admin · 1 error code"), titles.join());
  assert.deepEqual((await hints()).map((it) => it.label), ["governed"]);
  assert.equal(await end(), 0);
});

/** A module of the extension that asks nothing of the editor. */
function load(name) {
  const source = readFileSync(new URL(`../src/${name}.ts`, import.meta.url), "utf8");
  const { code } = transformSync(source, { loader: "ts", format: "esm" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

test("the program is the one that is named, that comes along, or that is on PATH", async (context) => {
  const { program } = await load("program");
  const extension = mkdtempSync(join(tmpdir(), "clarlint-"));
  context.after(() => rmSync(extension, { recursive: true }));
  assert.equal(program("/opt/clarlint", "/project", extension, "linux"), "/opt/clarlint");
  assert.equal(program("./target/clarlint", "/project", extension, "linux"), join("/project", "target", "clarlint"));
  assert.equal(program("./target/clarlint", undefined, extension, "linux"), "./target/clarlint");
  assert.equal(program("~/bin/clarlint", "/project", extension, "linux"), join(homedir(), "bin", "clarlint"));
  assert.equal(program("clarlint-beta", "/project", extension, "linux"), "clarlint-beta");
  assert.equal(program("", "/project", extension, "linux"), "clarlint");
  mkdirSync(join(extension, "bin"));
  writeFileSync(join(extension, "bin", "clarlint"), "");
  assert.equal(program("", "/project", extension, "linux"), join(extension, "bin", "clarlint"));
  assert.equal(program("", "/project", extension, "win32"), "clarlint");
});

test("what is wrong with a program is said", async () => {
  const { version } = await load("program");
  assert.match(await version(process.env.CLARLINT ?? "clarlint"), /^\d+\.\d+\.\d+/);
  await assert.rejects(version("/nowhere/clarlint"), { message: 'there is no program "/nowhere/clarlint"' });
  await assert.rejects(version(tmpdir()), /cannot be run/);
  await assert.rejects(version(process.execPath), /is not clarlint$/);
});

test("the project of a file is the nearest around it", async (context) => {
  const { project } = await load("program");
  const folder = mkdtempSync(join(tmpdir(), "clarlint-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const inner = join(folder, "packages", "vault");
  mkdirSync(join(inner, "contracts"), { recursive: true });
  const file = join(inner, "contracts", "a.clar");
  assert.equal(project(file, folder), folder);
  writeFileSync(join(inner, "Clarinet.toml"), "");
  assert.equal(project(file, folder), inner);
  assert.equal(project(join(folder, "README.md"), folder), folder);
});

test("the page of the report is adapted to the editor, and else left as it is", async (context) => {
  const { inEditor } = await load("page");
  const folder = mkdtempSync(join(tmpdir(), "clarlint-"));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "clarlint.toml"), "");
  writeFileSync(join(folder, "a.clar"), CONTRACT);
  for (const part of ["guards", "graph"]) {
    const page = execFileSync(process.env.CLARLINT ?? "clarlint", [part, "--format", "html"], { cwd: folder, encoding: "utf8" });
    const adapted = inEditor(page);
    assert.match(adapted, /<style>[^<]+--vscode-editor-background[^<]+<\/style><\/head>/);
    assert.match(adapted, /<script>[^<]+location\.hash[^<]+<\/script><\/body><\/html>\s*$/);
    assert.equal(adapted.replace(/<style>[^<]+<\/style>(?=<\/head>)|<script>[^<]+<\/script>(?=<\/body>)/g, ""), page);
  }
});
