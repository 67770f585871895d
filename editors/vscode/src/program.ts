// Which program is the server.

import { existsSync } from "node:fs";
import { join } from "node:path";

/** The one that the user names, else the one that came with the extension, else the one on `PATH`. */
export function program(named: string, extension: string, platform: NodeJS.Platform): string {
  const bundled = join(extension, "bin", platform === "win32" ? "clarlint.exe" : "clarlint");
  return named || (existsSync(bundled) ? bundled : "clarlint");
}
