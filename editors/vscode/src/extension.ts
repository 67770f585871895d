// Starts `clarlint lsp` and shows how it is. What is said of contracts comes from there.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { LanguageClient, State } from "vscode-languageclient/node";
import { program } from "./program";

const SECTION = "clarlint";
/** What the server says of an entrypoint may be longer than the screen. */
const LARGEST_OUTPUT = 64 << 20;

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("clarlint", { log: true });
  const status = vscode.languages.createLanguageStatusItem(SECTION, [
    { language: "clarity" },
    { pattern: "**/{Clarinet,clarlint}.toml" },
  ]);
  status.name = "clarlint";
  status.command = { command: "clarlint.output", title: "Log" };

  const server = () => {
    const named = vscode.workspace.getConfiguration(SECTION).get<string>("path", "");
    return program(named, context.extensionPath, process.platform);
  };

  const start = async () => {
    await client?.dispose();
    const command = server();
    client = new LanguageClient(
      SECTION,
      "clarlint",
      { command, args: ["lsp"] },
      {
        documentSelector: [
          { scheme: "file", language: "clarity" },
          // Policies that others extend have names of their own.
          { scheme: "file", pattern: "**/*.toml" },
          { scheme: "file", pattern: "**/clarlint-baseline.json" },
        ],
        synchronize: { configurationSection: SECTION },
        initializationOptions: settings(),
        outputChannel: output,
      },
    );
    client.onDidChangeState(({ newState }) => show(status, newState));
    try {
      await client.start();
    } catch (error) {
      status.severity = vscode.LanguageStatusSeverity.Error;
      status.text = "clarlint does not run";
      status.detail = String(error);
      const choice = await vscode.window.showErrorMessage(
        `clarlint cannot be started (${command}): install it, or set "clarlint.path".`,
        "Open Settings",
      );
      if (choice) {
        await vscode.commands.executeCommand("workbench.action.openSettings", "clarlint.path");
      }
    }
  };

  const commands: Record<string, () => unknown> = {
    "clarlint.restart": start,
    "clarlint.guards": () => page(server(), ["guards", "--format", "markdown"], "markdown"),
    "clarlint.graph": () => page(server(), ["graph", "--format", "mermaid"], "mermaid"),
    "clarlint.output": () => output.show(),
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  }
  const changed = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration("clarlint.path")) {
      void start();
    }
  });
  context.subscriptions.push(output, status, changed);
  // Whether it starts or not, the commands are there.
  void start();
}

export async function deactivate(): Promise<void> {
  await client?.dispose();
}

function settings(): { codeLens: boolean; inlayHints: boolean } {
  const all = vscode.workspace.getConfiguration(SECTION);
  return { codeLens: all.get("codeLens", true), inlayHints: all.get("inlayHints", false) };
}

function show(status: vscode.LanguageStatusItem, state: State): void {
  const running = state === State.Running;
  status.busy = state === State.Starting;
  status.severity =
    state === State.Stopped ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
  status.text = running ? "clarlint" : state === State.Starting ? "clarlint starts" : "clarlint is stopped";
  status.detail = running ? client?.initializeResult?.serverInfo?.version : undefined;
}

/** Shows what the program prints about the project of the active editor, beside it. */
async function page(command: string, args: string[], language: string): Promise<void> {
  const active = vscode.window.activeTextEditor?.document.uri;
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder = (active && vscode.workspace.getWorkspaceFolder(active)) ?? folders[0];
  if (!folder) {
    void vscode.window.showInformationMessage("clarlint: open the folder of a project first.");
    return;
  }
  try {
    const options = { cwd: folder.uri.fsPath, maxBuffer: LARGEST_OUTPUT };
    const { stdout } = await promisify(execFile)(command, args, options);
    const known = await vscode.languages.getLanguages();
    const document = await vscode.workspace.openTextDocument({
      content: stdout,
      language: known.includes(language) ? language : "plaintext",
    });
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  } catch (error) {
    const stderr = (error as { stderr?: string }).stderr;
    void vscode.window.showErrorMessage(`clarlint: ${stderr?.trim() || String(error)}`);
  }
}
