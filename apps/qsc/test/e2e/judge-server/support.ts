import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot, seededTelemetry, writeEventLog, type TelemetryOptions } from "@qsc-tooling/testkit";
import { startServing, type RunningServer, type ServingOptions } from "../support/serving.js";

/** A recording: its last event is old. */
export const RECORDED = `file:${repositoryRoot}/demo/healthy.ndjson.gz`;
export const TOKENS = {
  all: "all-0123456789abcdef0123456789",
  verdicts: "verdicts-0123456789abcdef0123",
  judgements: "judgements-0123456789abcdef01",
  slow: "slow-0123456789abcdef01234567",
} as const;

/** A judge as a process, at a free port. */
export function startJudge(args: readonly string[] = [], options: ServingOptions = {}): Promise<RunningServer> {
  const source = args.includes("--source") ? [] : ["--source", RECORDED];
  return startServing(["judge-server", "--judge-listen", "127.0.0.1:0", ...source, ...args], options);
}

/** Healthy telemetry of the last ten minutes, and a bit more, in an event log whose last event is of now. */
export async function liveTelemetry(directory: string, options: TelemetryOptions = {}): Promise<string> {
  const [count, intervalMs] = [700, 1000];
  const startMs = Date.now() - (count - 1) * intervalMs;
  const path = join(directory, "live.ndjson");
  await writeEventLog(path, seededTelemetry({ seed: 20_260_105, count, intervalMs, startMs, ...options }).entries);
  return `file:${path}`;
}

/** The tokens in a file that no other user can read. */
export async function writeTokens(directory: string): Promise<string> {
  const path = join(directory, "tokens.json");
  const tokens = [
    { name: "all", token: TOKENS.all, scopes: ["judgements", "verdicts", "metrics"], rate: 1000 },
    { name: "verdicts", token: TOKENS.verdicts, scopes: ["verdicts"] },
    { name: "judgements", token: TOKENS.judgements, scopes: ["judgements"] },
    { name: "slow", token: TOKENS.slow, scopes: ["judgements", "verdicts"], rate: 0.001 },
  ];
  await writeFile(path, JSON.stringify({ tokens }));
  await chmod(path, 0o600);
  return path;
}

/** What came back: the status, what the headers say was found, and the body. */
export interface Answered {
  readonly status: number;
  readonly found: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Asked {
  readonly token?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a judge: with a body it is a POST. */
export async function ask(
  url: string,
  { token, type = "application/json", body, headers }: Asked = {},
): Promise<Answered> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": type }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    found: response.headers.get("qsc-verdict"),
    body: JSON.parse(text) as Readonly<Record<string, unknown>>,
  };
}
