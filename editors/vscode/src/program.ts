// Which program is the server, and whether it is one.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";

/** How long a program may take to say its version, in milliseconds: the first run may be looked at by a virus scanner. */
const LONGEST_WAIT = 30_000;

/** What makes a folder that of a project. */
const MANIFESTS = ["clarlint.toml", "Clarinet.toml"];

/** The one that the user names, else the one that came with the extension, else the one on `PATH`. */
export function program(named: string, folder: string | undefined, extension: string, platform: NodeJS.Platform): string {
  if (named) {
    return located(named, folder);
  }
  const bundled = join(extension, "bin", platform === "win32" ? "clarlint.exe" : "clarlint");
  return existsSync(bundled) ? bundled : "clarlint";
}

/** A path that begins at home, or in the folder that is open, as one that holds everywhere. */
function located(named: string, folder: string | undefined): string {
  if (/^~[/\\]/.test(named)) {
    return join(homedir(), named.slice(2));
  }
  return folder && /[/\\]/.test(named) && !isAbsolute(named) ? join(folder, named) : named;
}

/** The folder of the project that a file belongs to: the nearest around it within a folder, else that folder. */
export function project(file: string, folder: string): string {
  for (let at = dirname(file); at.length > folder.length; at = dirname(at)) {
    if (MANIFESTS.some((name) => existsSync(join(at, name)))) {
      return at;
    }
  }
  return folder;
}

/** The version of clarlint; an error that says what is wrong with the program, if it isn't clarlint. */
export async function version(command: string): Promise<string> {
  let said = "";
  try {
    const { stdout } = await promisify(execFile)(command, ["--version"], { timeout: LONGEST_WAIT });
    said = stdout;
  } catch (error) {
    const fault = notRun(command, error);
    if (fault) {
      throw new Error(fault, { cause: error });
    }
  }
  const [, version] = /^clarlint (\S+)/.exec(said) ?? [];
  if (!version) {
    throw new Error(`"${command}" is not clarlint`);
  }
  return version;
}

/** What kept a program from running at all, if that is why it failed. */
export function notRun(command: string, error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  if (code === "ENOENT") {
    return `there is no program "${command}"`;
  }
  return typeof code === "string" && code.startsWith("E") && !code.startsWith("ERR_")
    ? `"${command}" cannot be run (${code})`
    : undefined;
}
