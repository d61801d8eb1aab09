// The time from a violating event in Redis to the stop of the unit that begins the restart with the baseline. With
// `--before DIR` the built `qsc` of another checkout is measured in the same run, taking turns with this one.
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { CanaryHost } from "@qsc-tooling/testkit";
import { markdownTable, replaceSection } from "./page.js";
import { median } from "./speed/measure.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    write: { type: "boolean", default: false },
    before: { type: "string" },
  },
});
const ROUNDS = Number(values.rounds);
if (!Number.isSafeInteger(ROUNDS) || ROUNDS < 1)
  throw new Error(`--rounds is a whole number above 0, not '${values.rounds}'`);
const RATE = 40;
const MODEL = "patchtst";

/** Publishes the newest entry again as another decision, in which the model answers with an unknown label. */
async function violate(host: CanaryHost, round: number): Promise<number> {
  const { fields } = await host.newestDecision();
  const payload = JSON.parse(fields.get("payload") ?? "{}") as Record<string, unknown>;
  const breakdown = JSON.parse(fields.get("model_breakdown") ?? "{}") as Record<string, Record<string, unknown>>;
  const changed = new Map(fields)
    .set("payload", JSON.stringify({ ...payload, decision_id: `bench-${round}` }))
    .set("model_breakdown", JSON.stringify({ ...breakdown, [MODEL]: { ...breakdown[MODEL], action: "HODL" } }));
  await host.client.xadd(host.stream, "*", ...[...changed].flat());
  return Date.now() + (performance.now() % 1);
}

/** When systemd last began to stop the unit, in milliseconds since 1970. */
async function lastStop({ systemd, unit }: CanaryHost): Promise<number> {
  await systemd.run("journalctl", "--sync");
  const { stdout } = await systemd.run("journalctl", "-u", unit, "-o", "json", "--no-pager", "_PID=1");
  const stops = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter(({ MESSAGE }) => MESSAGE?.startsWith("Stopping ") === true);
  return Number(stops.at(-1)?.["__REALTIME_TIMESTAMP"]) / 1000;
}

/** The document of a command, whatever its exit code. */
async function documentOf(host: CanaryHost, ...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { out, err } = await host.qsc(...args);
  if (out === "") throw new Error(`qsc ${args.join(" ")} printed no document: ${err}`);
  return JSON.parse(out) as Readonly<Record<string, unknown>>;
}

async function round(host: CanaryHost, number: number): Promise<number> {
  const { cutover } = await documentOf(host, "cutover");
  const gate = (): Promise<Readonly<Record<string, unknown>>> =>
    documentOf(host, "quality-gate", "--mode", "canary", "--model", MODEL, "--after", String(cutover));
  await host.until("a gate that passes", async () => (await gate())["exitCode"] === 0);
  const activated = await documentOf(host, "activate", "--model", MODEL, "--cutover", String(cutover));
  if (activated["exitCode"] !== 0) throw new Error(`the activation failed: ${JSON.stringify(activated["reasons"])}`);
  const { ended } = host.startQsc("monitor");
  await host.until(
    "a judgement",
    async () => (((await documentOf(host, "status"))["watch"] as { judgements?: number } | null)?.judgements ?? 0) > 0,
  );
  const violated = await violate(host, number);
  const { code } = await ended;
  if (code !== 2) throw new Error(`the monitor ended with ${code}, not with a rollback`);
  return (await lastStop(host)) - violated;
}

/** What is measured: a `qsc` on a host of its own. */
interface Contender {
  readonly name: string;
  readonly host: CanaryHost;
  readonly latencies: number[];
}

/** The `qsc` of another checkout. @throws Error if it does not exist or is not built */
function programOf(checkout: string): string {
  const [program, built] = [resolve(checkout, "apps/qsc/bin/qsc.js"), resolve(checkout, "apps/qsc/dist")];
  if (!existsSync(program) || !existsSync(built))
    throw new Error(`--before ${checkout}: no built checkout of qsc there; build it first`);
  return program;
}

async function contender(name: string, program?: string): Promise<Contender> {
  const host = await CanaryHost.start({
    engine: { kind: "real", rate: RATE },
    ...(program !== undefined && { program }),
  });
  return { name, host, latencies: [] };
}

/** One rollback of each in turn, again and again. */
async function takeTurns(contenders: readonly Contender[]): Promise<void> {
  for (let number = 1; number <= ROUNDS; number += 1) {
    for (const { name, host, latencies } of contenders) {
      const latency = await round(host, number);
      latencies.push(latency);
      console.log(
        `${contenders.length === 1 ? "" : `${name}: `}rollback ${number} of ${ROUNDS}: ${latency.toFixed(0)} ms`,
      );
    }
  }
}

async function versionOf({ systemd }: CanaryHost): Promise<string> {
  const { stdout } = await systemd.run("systemctl", "--version");
  return /systemd (\d+)/.exec(stdout)?.[1] ?? "unknown";
}

const programs = values.before === undefined ? [] : [programOf(values.before)];
const contenders: Contender[] = [];
let version = "unknown";
try {
  for (const program of programs) contenders.push(await contender("before", program));
  const after = await contender("after");
  contenders.push(after);
  version = await versionOf(after.host);
  await takeTurns(contenders);
} finally {
  await Promise.allSettled(contenders.map(({ host }) => host[Symbol.asyncDispose]()));
}
const ms = (latency: number): string => `${latency.toFixed(0)} ms`;
const machine = `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node ${process.version}, systemd ${version}`;
const day = new Date().toISOString().slice(0, 10);
const rows = contenders.map(({ name, latencies }) => {
  const measured = contenders.length === 1 ? `${day}: ${machine}` : `${day}, ${name}: ${machine}`;
  return [measured, String(latencies.length), ms(median(latencies)), ms(Math.max(...latencies))];
});
const text = markdownTable(["measured on", "rollbacks", "median", "worst"], rows);
console.log(text);
if (values.write) await replaceSection("rollback", text);
