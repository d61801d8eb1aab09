import type { FleetDocument, FleetHostReport } from "@qsc/contract";
import type { Block, Cell, Tone } from "../blocks.js";
import { headline, plain, reasons } from "./shared.js";

const TITLES: Readonly<Record<FleetDocument["action"], string>> = {
  status: "status of a fleet",
  deploy: "deployment on a fleet",
  activate: "activation on a fleet",
  monitor: "watch of a fleet",
  promote: "promotion on a fleet",
  rollback: "rollback of a fleet",
};
const WORDS: Readonly<Record<FleetHostReport["outcome"], readonly [word: string, tone: Tone]>> = {
  proven: ["proven", "good"],
  rolled_back: ["what was before is proven", "unknown"],
  untouched: ["untouched", "unknown"],
  failed: ["NOT PROVEN", "bad"],
  unreachable: ["UNREACHABLE", "bad"],
};

/** The report of what a command did on a fleet: who is proven, host by host. */
export function fleetBlocks(document: FleetDocument): readonly Block[] {
  const { fleet, action, hosts, warnings, judgedAt, host, toolVersion, digest } = document;
  const count = hosts.filter(({ outcome }) => outcome === "proven").length;
  return [
    headline(TITLES[action], document),
    {
      kind: "facts",
      rows: [
        ["fleet", fleet],
        ["proven", `${count} of ${hosts.length} hosts`],
        ...warnings.map((warning): readonly [string, string] => ["warning", warning]),
      ],
    },
    ...reasons(document),
    {
      kind: "table",
      title: "Hosts",
      head: ["host", "wave", "result", "canary", "why"],
      rows: hosts.map(rowOf),
    },
    {
      kind: "facts",
      rows: [
        ["judged at", `${judgedAt} on ${host} by qsc ${toolVersion}`],
        ["digest", digest],
      ],
    },
  ];
}

function rowOf({ name, wave, outcome, phase, reasons: why, until }: FleetHostReport): readonly Cell[] {
  const [word, tone] = WORDS[outcome];
  const last = until === null ? [] : [`its own dead-man has rolled back a canary by ${until}`];
  return [
    plain(name),
    plain(wave === null ? "-" : String(wave)),
    { text: word, tone },
    plain(phase ?? "-"),
    plain([...why, ...last].join("; ") || "-"),
  ];
}
