// How many requests of 200 predictions one core answers over HTTP, how long each takes at 500 a second, and what becomes
// of 10,000 requests that are not to pass.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, request as ask } from "node:http";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { healthyPredictions, hostileRequests, sendRaw } from "@qsc-tooling/testkit";
import { markdownTable, replaceSection } from "./page.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    hostile: { type: "string", default: "10000" },
    seed: { type: "string", default: "20261201" },
    write: { type: "boolean", default: false },
  },
});
const [seconds, hostile, seed] = [values.seconds, values.hostile, values.seed].map(Number) as [number, number, number];
if (![seconds, hostile, seed].every((count) => Number.isSafeInteger(count) && count > 0))
  throw new Error("--seconds, --hostile and --seed are whole numbers above 0");

const PREDICTIONS = 200;
const RATE = 500;
const CONNECTIONS = 16;
/** Distinct bodies, so that none is answered from what is known of the one before. */
const BODIES = 64;
const TOKEN = "bench-0123456789abcdef0123456789";
const BIN = fileURLToPath(new URL("../../apps/qsc/bin/qsc.js", import.meta.url));

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

/** A judge on the first processor alone. */
async function start(withTokens: boolean): Promise<Server> {
  const tokens = [{ name: "bench", token: TOKEN, scopes: ["judgements", "metrics"], rate: 1_000_000 }];
  const args = ["-c", "0", process.execPath, BIN, "judge-server", "--judge-listen", "127.0.0.1:0"];
  const child = spawn("taskset", args, {
    env: { PATH: process.env["PATH"], HOME: "/", ...(withTokens && { QSC_JUDGE_TOKENS: JSON.stringify({ tokens }) }) },
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  for await (const text of child.stderr.setEncoding("utf8")) {
    said += String(text);
    const [, port] = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(said) ?? [];
    if (port !== undefined) return { child, port: Number(port) };
  }
  throw new Error(`the judge did not start: ${said}`);
}

async function stop({ child }: Server): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGTERM");
  await closed;
}

const bodies = Array.from({ length: BODIES }, (_, index) =>
  Buffer.from(JSON.stringify(healthyPredictions(seed + index, PREDICTIONS))),
);

/** Asks for one verdict, which must be a pass. */
function judged(agent: Agent, port: number, index: number): Promise<void> {
  const body = bodies[index % BODIES] ?? Buffer.alloc(0);
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    "content-type": "application/json",
    "content-length": body.length,
  };
  return new Promise((resolve, reject) => {
    const sent = ask(
      { agent, host: "127.0.0.1", port, path: "/v1/judgements", method: "POST", headers },
      (response) => {
        response.resume().on("end", () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`the judge answered ${response.statusCode}`));
        });
      },
    );
    sent.on("error", reject).end(body);
  });
}

/** Requests at their times, whatever the judge does: from when each was due to its answer, in milliseconds, sorted. */
async function atRate(port: number, forSeconds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const took: number[] = [];
  const under: Promise<void>[] = [];
  const begin = performance.now();
  for (let index = 0; index < RATE * forSeconds; index += 1) {
    const due = begin + (index * 1000) / RATE;
    if (due > performance.now()) await sleep(due - performance.now());
    under.push(judged(agent, port, index).then(() => void took.push(performance.now() - due)));
  }
  await Promise.all(under);
  agent.destroy();
  return took.sort((a, b) => a - b);
}

/** How many requests a second are answered to clients that each ask again as soon as they have an answer. */
async function most(port: number, forSeconds: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const begin = performance.now();
  let answered = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - begin < forSeconds * 1000) {
      await judged(agent, port, answered);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const took = (performance.now() - begin) / 1000;
  agent.destroy();
  return answered / took;
}

/** What becomes of requests that are not to pass. */
async function attacked({ child, port }: Server): Promise<{ readonly passes: number; readonly left: number }> {
  const waiting = hostileRequests(seed, hostile, "/v1/judgements").values();
  let passes = 0;
  const client = async (): Promise<void> => {
    for (const { bytes, then } of waiting) {
      const own = bytes.toString("latin1").replace("host: 127.0.0.1\r\n", `host: 127.0.0.1:${port}\r\n`);
      const answered = await sendRaw(port, { bytes: Buffer.from(own, "latin1"), then });
      if (/^HTTP\/1\.1 2|"verdict": ?"pass"/m.test(answered)) passes += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  if (child.exitCode !== null || child.signalCode !== null) throw new Error("the judge has ended");
  // What a connection needs to be closed, and more.
  await sleep(6000);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const sum = [
    ...text.matchAll(/^(?:qsc_judge_under_way\{.*|nodejs_active_resources\{type="TCPSocketWrap"\}) (\d+)$/gm),
  ]
    .map(([, count]) => Number(count))
    .reduce((total, count) => total + count, 0);
  // Without the connection that asks.
  return { passes, left: sum - 1 };
}

async function residentMb({ child }: Server): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** What the judge has used of the processor: user and system time, in seconds. */
async function cpuSeconds({ child }: Server): Promise<number> {
  const [, fields = ""] = (await readFile(`/proc/${child.pid}/stat`, "utf8")).split(") ");
  const [user, system] = fields.split(" ").slice(11, 13).map(Number);
  return ((user ?? Number.NaN) + (system ?? Number.NaN)) / 100;
}

const ms = (value: number | undefined): string => `${(value ?? Number.NaN).toFixed(1)} ms`;

// The client stays off the judge's core, with all its threads.
spawnSync("taskset", ["-acp", "1", String(process.pid)]);
const server = await start(true);
await atRate(server.port, 3);
const before = await cpuSeconds(server);
const took = await atRate(server.port, seconds);
const cpuMs = (((await cpuSeconds(server)) - before) / took.length) * 1000;
const peak = await most(server.port, Math.min(seconds, 10));
const memory = await residentMb(server);
await stop(server);
const target = await start(false);
const { passes, left } = await attacked(target);
await stop(target);

const at = (share: number): number | undefined => took[Math.min(took.length - 1, Math.floor(took.length * share))];
const table = markdownTable(
  ["measured", "figure"],
  [
    [`${RATE} requests a second, ${PREDICTIONS} predictions each: median`, ms(at(0.5))],
    ["99 % within", ms(at(0.99))],
    ["the longest", ms(took.at(-1))],
    ["processor time of the judge for each", ms(cpuMs)],
    [`the most, asked over ${CONNECTIONS} connections`, `${peak.toFixed(0)} requests/s`],
    ["largest resident memory", `${memory.toFixed(0)} MB`],
    ["hostile requests", String(hostile)],
    ["of these answered with a pass", String(passes)],
    ["connections and slots still taken after them", String(left)],
  ],
);
const [cpu] = cpus();
const where = `Measured on ${new Date().toISOString().slice(0, 10)}: one of ${cpus().length} cores (${cpu?.model ?? "unknown"}) for the judge, Node ${process.versions.node}; seed ${seed}, ${took.length} requests at the rate. The client has the other core.`;
console.log(`${where}\n\n${table}`);
if (values.write) await replaceSection("judge server", `${where}\n\n${table}`);
