// The list of all events, as the sources print them. `UPDATE_EVENTS=1` writes it anew.

import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { protocolContracts } from "./helpers";
import { projectFolder } from "./paths";

const document = path.join(projectFolder, "contracts", "EVENTS.md");

/** The names of the fields of every tuple that a contract prints, in order. */
function eventsOf(contract: string): { event: string; fields: string[] }[] {
  const source = fs.readFileSync(path.join(projectFolder, "contracts", `${contract}.clar`), "utf8").replaceAll(/;;.*/g, "");
  const found: { event: string; fields: string[] }[] = [];
  for (const match of source.matchAll(/\(print\s*\{/g)) {
    const start = (match.index ?? 0) + match[0].length;
    let depth = 1;
    let end = start;
    for (; depth > 0; end++) depth += { "{": 1, "(": 1, "}": -1, ")": -1 }[source[end]] ?? 0;
    const body = source.slice(start, end - 1);
    const flat = body.replaceAll(/\([^()]*\)/g, "x").replaceAll(/\([^()]*\)/g, "x").replaceAll(/\([^()]*\)/g, "x");
    const names = [...flat.matchAll(/([a-z][\w-]*)\s*:/g)].map(([, name]) => name);
    const event = /event:\s*"([^"]+)"/.exec(body)?.[1] ?? "?";
    found.push({ event, fields: names.filter((name) => name !== "event") });
  }
  const distinct = new Map(found.map((each) => [each.event, each]));
  return [...distinct.values()].sort((a, b) => a.event.localeCompare(b.event));
}

function written(): string {
  const rows = protocolContracts.flatMap((contract) =>
    eventsOf(contract).map(({ event, fields }) => `| \`${contract}\` | \`${event}\` | ${fields.map((name) => `\`${name}\``).join(", ")} |`),
  );
  return `# Events

Every successful change of state prints one tuple with the field \`event\` and the fields below; \`check-rate-limit\` and
\`forward-call\` print nothing. Amounts are in the unit of what they count: uSTX, or base units where the event names a
token; \`price\`, \`payout\`, \`shortfall\`, \`covered\`, \`award\`, \`obligation\` and \`value\` are micro-USD; heights are Bitcoin blocks.

| Contract | Event | Fields |
| --- | --- | --- |
${rows.join("\n")}
`;
}

describe("the events", () => {
  it("are the ones that are documented", () => {
    if (process.env.UPDATE_EVENTS === "1") fs.writeFileSync(document, written());
    expect(fs.readFileSync(document, "utf8")).toBe(written());
  });

  it("all have a name", () => {
    for (const contract of protocolContracts) expect(eventsOf(contract).map(({ event }) => event)).not.toContain("?");
  });
});
