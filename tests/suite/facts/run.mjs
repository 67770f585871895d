// Runs transactions in Clarinet's simulated network: reads `{deployer, variables, stateful, programs}` from a file and
// writes, for each transaction of each program, what it came to, or `{result: null}` if it was aborted.
//
// Values are hexadecimal, as the chain stores them. Every transaction has a deployment of its own, by a deployer of its
// own, and so a state of its own; `deployer` stands for all of them.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, askedFile, answeredFile] = process.argv.slice(2);
const sdkFolder = path.join(folder, "node_modules/@stacks/clarinet-sdk/dist/esm/node/src/index.js");
const { getSDK } = await import(pathToFileURL(sdkFolder).href);
const { Cl, getAddressFromPrivateKey } = createRequire(path.join(folder, "package.json"))(
  "@stacks/transactions",
);
const asked = JSON.parse(fs.readFileSync(askedFile, "utf8"));
// Without the byte that says what kind of principal it is.
const placeholder = asked.deployer.slice(2);

const chain = await getSDK();
await chain.initEmptySession({ enabled: false });
chain.setEpoch("3.3");

let deployers = 0;

function outcome(program, transaction) {
  deployers += 1;
  const deployer = getAddressFromPrivateKey(`${String(deployers).padStart(64, "0")}01`, "testnet");
  const own = Cl.serialize(Cl.principal(deployer)).slice(2);
  const take = (hex) => Cl.deserialize(hex.replaceAll(placeholder, own));
  const give = (value) => Cl.serialize(value).replaceAll(own, placeholder);
  for (const [name, text] of program.contracts) {
    chain.deployContract(name, text, { clarityVersion: program.version }, deployer);
  }
  const sender = transaction.sender ?? deployer;
  asked.stateful.forEach((name, at) => {
    const seed = transaction.seeds[at].map(take);
    const { result } = chain.callPrivateFn(`${deployer}.${name}`, "seed", seed, sender);
    if (result.type !== "true") throw new Error(`seed of ${name}: ${Cl.prettyPrint(result)}`);
  });

  const contract = `${deployer}.${transaction.contract}`;
  const access = chain
    .getContractsInterfaces()
    .get(contract)
    .functions.find(({ name }) => name === transaction.function).access;
  const call = { public: "callPublicFn", read_only: "callReadOnlyFn", private: "callPrivateFn" }[access];
  let result;
  try {
    ({ result } = chain[call](contract, transaction.function, transaction.arguments.map(take), sender));
  } catch (error) {
    if (!/Runtime|UnwrapFailure|ShortReturn/.test(error)) throw new Error(`${contract}: ${error}`);
    return { result: null };
  }

  const logged = [];
  const variables = {};
  // The rest is as it was before.
  if (result.type === "err") return { result: give(result), logged, variables };
  for (const name of asked.stateful) {
    const id = `${deployer}.${name}`;
    for (let key = 0; key < program.logged; key += 1) {
      if (isSet(id, key)) logged.push(key);
    }
    variables[name] = Object.fromEntries(
      asked.variables.map((variable) => [variable, give(chain.getDataVar(id, variable))]),
    );
  }
  return { result: give(result), logged, variables };
}

function isSet(contract, key) {
  try {
    return chain.getMapEntry(contract, "log", Cl.uint(key)).type === "some";
  } catch (error) {
    if (error === "value not found") return false;
    throw error;
  }
}

const answers = asked.programs.map((program) =>
  program.transactions.map((transaction) => outcome(program, transaction)),
);
fs.writeFileSync(answeredFile, JSON.stringify(answers));
