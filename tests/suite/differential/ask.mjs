// Asks the chain's analyser, as the SDK of Clarinet has it, about contracts: reads an array of
// `{name, deployer, version, epoch, text}` from a file and writes, for each in turn, why it is rejected, or `null`, and
// its interface. A deployer is a principal or a number that stands for one. Epochs have to come in order.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, questionFile, answerFile] = process.argv.slice(2);
const sdkFolder = path.join(folder, "node_modules/@stacks/clarinet-sdk/dist/esm/node/src/index.js");
const { getSDK } = await import(pathToFileURL(sdkFolder).href);
const { getAddressFromPrivateKey } = createRequire(path.join(folder, "package.json"))(
  "@stacks/transactions",
);
const questions = JSON.parse(fs.readFileSync(questionFile, "utf8"));

const chain = await getSDK();
await chain.initEmptySession({ enabled: false });

const address = (deployer) =>
  typeof deployer === "string"
    ? deployer
    : getAddressFromPrivateKey(`${String(deployer).padStart(64, "0")}01`, "testnet");

let epoch;
const answers = questions.map((question) => {
  question.deployer = address(question.deployer);
  if (question.epoch !== epoch) chain.setEpoch((epoch = question.epoch));
  try {
    chain.deployContract(
      question.name,
      question.text,
      { clarityVersion: question.version },
      question.deployer,
    );
    return { reason: null };
  } catch (error) {
    // After a panic nothing that the SDK says counts.
    if (!/ -> /.test(error)) throw new Error(`${error}: ${question.text}`);
    return { reason: String(error).replace(/^.*? -> /s, "") };
  }
});

const interfaces = chain.getContractsInterfaces();
questions.forEach(({ name, deployer }, at) => {
  answers[at].interface = interfaces.get(`${deployer}.${name}`) ?? null;
});
fs.writeFileSync(answerFile, JSON.stringify(answers));
