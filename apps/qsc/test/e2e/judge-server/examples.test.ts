import { execFile, type ExecFileException } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  describeRequiring,
  fraudRows,
  repositoryRoot,
  requireCommands,
  temporaryDirectory,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { RunningServer } from "../support/serving.js";
import { phaseOf, type WebMetric } from "./argo.js";
import { liveTelemetry, startJudge, TOKENS, writeTokens } from "./support.js";

const HOME = join(repositoryRoot, "examples/http-judge");
const SERVICE = "http://qsc-judge.qsc.svc:8788/";
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const SOUND = lines(fraudRows(600, { seed: 2 }));
const COLLAPSED = lines(fraudRows(600, { seed: 3, denied: 0 }));

let directory: TemporaryDirectory;
let server: RunningServer;
beforeAll(async () => {
  directory = await temporaryDirectory();
  const source = await liveTelemetry(directory.path);
  server = await startJudge(["--judge-tokens-file", await writeTokens(directory.path), "--source", source]);
});
afterAll(async () => {
  await server.stop();
  await directory.remove();
});

async function example<Content>(name: string): Promise<Content> {
  return parse(await readFile(join(HOME, name), "utf8")) as Content;
}

describe("analysis-template.yaml", () => {
  interface Template {
    readonly kind: string;
    readonly spec: { readonly args: readonly { name: string }[]; readonly metrics: readonly [WebMetric] };
  }
  const measure = async (args: Readonly<Record<string, string>>): Promise<string> => {
    const { kind, spec } = await example<Template>("analysis-template.yaml");
    expect([kind, spec.args.map(({ name }) => name)]).toEqual(["AnalysisTemplate", ["model", "cutover", "token"]]);
    return phaseOf(spec.metrics[0], args, (url) => url.replace(SERVICE, server.url));
  };
  const cutover = new Date(Date.now() - 600_000).toISOString();
  const asked = { model: "xgboost", cutover, token: TOKENS.verdicts };

  test("a proven pass is Successful", async () => {
    expect(await measure(asked)).toBe("Successful");
  });

  test.each([
    ["too few decisions", { ...asked, cutover: "2036-01-01T00:00:00Z" }, "Failed"],
    ["a model that is not there", { ...asked, model: "lstm" }, "Error"],
    ["a time that is not one", { ...asked, cutover: "yesterday" }, "Error"],
    ["a wrong token", { ...asked, token: "wrong" }, "Error"],
    ["another scope", { ...asked, token: TOKENS.judgements }, "Error"],
    ["no rate left", { ...asked, token: TOKENS.slow }, "Error"],
  ])("%s is %s", async (_, args, phase) => {
    if (args.token === TOKENS.slow) await measure(args);
    expect(await measure(args)).toBe(phase);
  });

  test("no judge is an Error", async () => {
    const { spec } = await example<Template>("analysis-template.yaml");
    expect(await phaseOf(spec.metrics[0], asked, (url) => url.replace(SERVICE, "http://127.0.0.1:1/"))).toBe("Error");
  });
});

describe("canary.yaml", () => {
  interface Webhook {
    readonly type: string;
    readonly url: string;
    readonly metadata: Readonly<Record<string, string>>;
  }
  interface Canary {
    readonly kind: string;
    readonly spec: { readonly analysis: { readonly webhooks: readonly Webhook[] } };
  }
  /** Whether Flagger takes the answer for a success: pkg/controller/webhook.go. */
  const call = async ({ url, metadata }: Webhook, token: string, model: string): Promise<boolean> => {
    const asked = url.replace(SERVICE, server.url).replace("model=xgboost", `model=${model}`);
    const body = { name: "ai-engine", namespace: "prod", phase: "Progressing", metadata: { ...metadata, token } };
    const headers = { "content-type": "application/json" };
    const response = await fetch(asked, { method: "POST", headers, body: JSON.stringify(body) });
    await response.text();
    return response.status <= 202;
  };

  test("each webhook succeeds for a proven pass alone, and the one that rolls back for anything else", async () => {
    const { kind, spec } = await example<Canary>("canary.yaml");
    const { webhooks } = spec.analysis;
    expect([kind, webhooks.length]).toEqual(["Canary", 4]);
    for (const webhook of webhooks) {
      expect(new URL(webhook.url).pathname).toBe(`/v1/flagger/${webhook.type}`);
      const isRollback = webhook.type === "rollback";
      expect(await call(webhook, TOKENS.verdicts, "xgboost"), webhook.type).toBe(!isRollback);
      expect(await call(webhook, TOKENS.verdicts, "lstm"), webhook.type).toBe(isRollback);
      expect(await call(webhook, "wrong", "xgboost"), webhook.type).toBe(false);
    }
  });
});

/** Runs a program, and gives its exit code. */
function run(
  command: readonly [string, ...string[]],
  { env = {}, input = "" }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string },
): Promise<{ readonly code: unknown; readonly out: string }> {
  const [program, ...args] = command;
  const options = { cwd: directory.path, env: { PATH: process.env["PATH"] ?? "", ...env } };
  return new Promise((resolve) => {
    const child = execFile(program, args, options, (error: ExecFileException | null, out) => {
      resolve({ code: error === null ? 0 : error.code, out });
    });
    child.stdin?.on("error", () => undefined).end(input);
  });
}

const settings = (token: string, url = server.url): Readonly<Record<string, string>> => ({
  QSC_JUDGE: url.replace(/\/$/, ""),
  QSC_TOKEN: token,
});

/** A server before the judge, that answers everything so, and redirects to a pass. */
async function answering(status: number, found: string, use: (url: string) => Promise<void>): Promise<void> {
  const proxy = createServer((request, response) => {
    if (request.url === "/pass") response.writeHead(200).end('{"verdict":"pass"}');
    else response.writeHead(status, { "qsc-verdict": found, location: "/pass" }).end('{"verdict":"pass"}');
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  try {
    await use(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
}

describeRequiring(requireCommands("curl", "gzip", "bash"), "github-step.yaml", () => {
  interface Workflow {
    readonly jobs: { readonly predictions: { readonly steps: readonly { readonly run?: string }[] } };
  }
  const step = async (predictions: string, env: Readonly<Record<string, string>>): Promise<unknown> => {
    const { jobs } = await example<Workflow>("github-step.yaml");
    const script = jobs.predictions.steps.find((each) => each.run !== undefined)?.run ?? "";
    await writeFile(join(directory.path, "predictions.jsonl"), predictions);
    // As GitHub runs it.
    return (await run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], { env })).code;
  };

  test("succeeds for a pass alone", async () => {
    expect(await step(SOUND, settings(TOKENS.judgements))).toBe(0);
    expect(await step(COLLAPSED, settings(TOKENS.judgements))).not.toBe(0);
    expect(await step(SOUND, settings("wrong"))).not.toBe(0);
    for (const [status, found] of [
      [302, "pass"],
      [308, "pass"],
      [200, "unknown"],
    ] as const)
      await answering(status, found, async (url) => {
        expect(await step(SOUND, settings(TOKENS.judgements, url)), String(status)).not.toBe(0);
      });
    expect(await step("", settings(TOKENS.judgements))).not.toBe(0);
    expect(await step(SOUND, settings(TOKENS.judgements, "http://127.0.0.1:1/"))).not.toBe(0);
  });
});

describeRequiring(requireCommands("python3"), "client.py", (python) => {
  const asked = "label=decision&score=p&labels=approve,deny&profile=imbalanced";
  const client = (input: string, env: Readonly<Record<string, string>>, query = asked) =>
    run([python, join(HOME, "client.py"), query], { env, input });

  test("ends with 0 for a pass alone, and prints why not", async () => {
    expect(await client(SOUND, settings(TOKENS.judgements))).toMatchObject({ code: 0, out: "pass\n" });
    const collapsed = await client(COLLAPSED, settings(TOKENS.judgements));
    expect([collapsed.code, collapsed.out]).toEqual([
      2,
      expect.stringMatching(/^fail\naction_bias: share of approve is 100 %/),
    ]);
    await answering(302, "pass", async (url) => {
      expect((await client(SOUND, settings(TOKENS.judgements, url))).code).not.toBe(0);
    });
    expect(await client(SOUND, settings("wrong"))).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^unknown\nThe token/),
    });
    expect(await client(SOUND, settings(TOKENS.judgements), "label=x&score=p")).toMatchObject({ code: 2 });
    expect((await client(SOUND, settings(TOKENS.judgements, "http://127.0.0.1:1/"))).code).toBe(1);
  });

  test("has twenty lines", async () => {
    expect((await readFile(join(HOME, "client.py"), "utf8")).trimEnd().split("\n").length).toBeLessThanOrEqual(20);
  });
});
