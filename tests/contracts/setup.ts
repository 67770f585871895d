import { afterAll, beforeEach } from "vitest";
import { leaveReport, nameCurrentTest } from "./chain";

// The SDK repeats every printed event on standard output, followed by where it was printed. The tests
// read the events of a call from its result.
const log = console.log;
console.log = (...message: unknown[]) => {
  const isEvent = message.length === 1 && typeof message[0] === "string" && /\([\w-]+:\d+\)$/.test(message[0]);
  if (!isEvent) log(...message);
};

beforeEach(nameCurrentTest);
afterAll(leaveReport);
