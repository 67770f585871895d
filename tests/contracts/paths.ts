import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the tests. */
export const testFolder = path.dirname(fileURLToPath(import.meta.url));
/** The folder of `Clarinet.toml`. */
export const projectFolder = path.resolve(testFolder, "../..");
/** Where a worker keeps the manifest of the protocol as it is after the bootstrap. */
export const bootstrappedFolder = path.join(fs.realpathSync(os.tmpdir()), `bithedge-${process.pid}`);
/** Where every test file leaves its coverage and costs for the report at the end of the run. */
export const reportFolder = path.join(testFolder, "coverage");
