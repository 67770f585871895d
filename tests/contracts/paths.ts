import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the tests. */
export const testFolder = path.dirname(fileURLToPath(import.meta.url));
/** The folder of `Clarinet.toml`. */
export const projectFolder = path.resolve(testFolder, "../..");
/** Where every test file leaves its coverage and costs for the report at the end of the run. */
export const reportFolder = path.join(testFolder, "coverage");
