// Starts `clarlint lsp` and shows how it is. What is said of contracts comes from there.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { LanguageClient, State } from "vscode-languageclient/node";
import { inEditor } from "./page";
import { notRun, program, project, version } from "./program";

const SECTION = "clarlint";
/** What the program says of a project may be longer than the screen. */
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
    return program(named, folders()[0], context.extensionPath, process.platform);
  };

  const start = async () => {
    await stop();
    const command = server();
    try {
      // Asked first: of a program that is not there, or is another, the client has many words and no advice.
      output.info(`clarlint ${await version(command)}: ${command}`);
    } catch (error) {
      const fault = (error as Error).message;
      output.error(fault);
      status.busy = false;
      status.severity = vscode.LanguageStatusSeverity.Error;
      status.text = "clarlint does not run";
      status.detail = fault;
      void advise(context, fault);
      return;
    }
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
        // A new path is a setting, too, and the server that is stopped for it need not hear of it.
        middleware: { workspace: { didChangeConfiguration: (sections, next) => next(sections).catch(() => {}) } },
      },
    );
    client.onDidChangeState(({ newState }) => show(status, newState));
    // What goes wrong from here on is said by the client, and shown by its state.
    await client.start().catch(() => {});
  };
  // One after the other: of two that start at once, one would stay behind.
  let started = Promise.resolve();
  const restart = () => (started = started.then(start));

  const commands: Record<string, () => unknown> = {
    "clarlint.restart": restart,
    "clarlint.guards": () => page(context, server(), "guards"),
    "clarlint.graph": () => page(context, server(), "graph"),
    "clarlint.output": () => output.show(),
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  }
  const changed = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration("clarlint.path")) {
      void restart();
    }
  });
  context.subscriptions.push(output, status, changed);
  // Whether it starts or not, the commands are there.
  void restart();
}

export async function deactivate(): Promise<void> {
  await stop();
}

/** One that has never run cannot be stopped, which must not keep the next one from starting. */
async function stop(): Promise<void> {
  await client?.dispose().catch(() => {});
  client = undefined;
}

/** Says why the program does not run, and leads to where that is mended. */
async function advise(context: vscode.ExtensionContext, fault: string): Promise<void> {
  const [settings, install] = ["Open Settings", "How to Install"];
  const advice = `clarlint does not run: ${fault}. Install it, or name it in the setting "clarlint.path".`;
  const choice = await vscode.window.showErrorMessage(advice, settings, install);
  if (choice === settings) {
    // Where the program runs on another machine, the setting is one of that machine.
    const isRemote = vscode.env.remoteName && context.extension.extensionKind === vscode.ExtensionKind.Workspace;
    const command = isRemote ? "workbench.action.openRemoteSettings" : "workbench.action.openSettings";
    await vscode.commands.executeCommand(command, { query: "clarlint.path" });
  } else if (choice === install) {
    const { url } = context.extension.packageJSON.repository;
    await vscode.env.openExternal(vscode.Uri.parse(`${url}#install-and-run`));
  }
}

function folders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
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

let shown: vscode.WebviewPanel | undefined;

/** Shows the program's page about the project of the active editor, opened at a part. */
async function page(context: vscode.ExtensionContext, command: string, part: "guards" | "graph"): Promise<void> {
  const editors = [vscode.window.activeTextEditor, ...vscode.window.visibleTextEditors];
  const inside = editors.flatMap((editor) => {
    const uri = editor?.document.uri;
    const folder = uri?.scheme === "file" && vscode.workspace.getWorkspaceFolder(uri);
    return folder ? [project(uri.fsPath, folder.uri.fsPath)] : [];
  });
  const cwd = inside[0] ?? folders()[0];
  if (!cwd) {
    void vscode.window.showInformationMessage("clarlint: open the folder of a project first.");
    return;
  }
  try {
    const options = { cwd, maxBuffer: LARGEST_OUTPUT };
    const { stdout } = await promisify(execFile)(command, [part, "--format", "html"], options);
    shown ??= open();
    shown.webview.html = inEditor(stdout);
    shown.reveal();
  } catch (error) {
    const fault = notRun(command, error);
    if (fault) {
      return advise(context, fault);
    }
    const { stderr } = error as { stderr?: string };
    void vscode.window.showErrorMessage(`clarlint: ${stderr?.trim() || String(error)}`);
  }
}

function open(): vscode.WebviewPanel {
  const panel = vscode.window.createWebviewPanel(
    "clarlint.report",
    "clarlint report",
    vscode.ViewColumn.Active,
    { enableScripts: true, enableFindWidget: true, retainContextWhenHidden: true },
  );
  panel.onDidDispose(() => (shown = undefined));
  return panel;
}
