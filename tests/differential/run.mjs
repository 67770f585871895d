// Runs functions on the chain, as the SDK of Clarinet has it: reads an array of contracts from a file, each with a public
// function `go`, and writes what each call answers, as source text. All are of the newest version.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, questionFile, answerFile] = process.argv.slice(2);
const sdkFolder = path.join(folder, "node_modules/@stacks/clarinet-sdk/dist/esm/node/src/index.js");
const { getSDK } = await import(pathToFileURL(sdkFolder).href);
const { cvToString, getAddressFromPrivateKey } = createRequire(path.join(folder, "package.json"))(
  "@stacks/transactions",
);
const texts = JSON.parse(fs.readFileSync(questionFile, "utf8"));

const chain = await getSDK();
await chain.initEmptySession({ enabled: false });
chain.setEpoch("4.0");
const deployer = getAddressFromPrivateKey(`${"1".padStart(64, "0")}01`, "testnet");
const answers = texts.map((text, at) => {
  const name = `contract-${at}`;
  chain.deployContract(name, text, { clarityVersion: 6 }, deployer);
  return cvToString(chain.callPublicFn(`${deployer}.${name}`, "go", [], deployer).result);
});
fs.writeFileSync(answerFile, JSON.stringify(answers));
