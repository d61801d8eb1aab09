import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { healthyPredictions, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { documentHere } from "../support/here.js";
import type { RunningServer } from "../support/serving.js";
import { ask, liveTelemetry, RECORDED, startJudge, TOKENS, writeTokens, type Answered } from "./support.js";

let directory: TemporaryDirectory;
/** Telemetry of now. */
let live: string;
let server: RunningServer;
/** One whose telemetry has ended long ago. */
let past: RunningServer;
/** One whose telemetry does not answer. */
let blind: RunningServer;
beforeAll(async () => {
  directory = await temporaryDirectory();
  const tokens = ["--judge-tokens-file", await writeTokens(directory.path)];
  live = await liveTelemetry(directory.path);
  server = await startJudge([...tokens, "--source", live]);
  past = await startJudge([...tokens, "--source", RECORDED]);
  blind = await startJudge([...tokens, "--source", "redis://127.0.0.1:1"]);
});
afterAll(async () => {
  await Promise.all([server.stop(), past.stop(), blind.stop()]);
  await directory.remove();
});

const get = (path: string, { url } = server): Promise<Answered> => ask(`${url}${path}`, { token: TOKENS.verdicts });

describe("GET /v1/verdicts", () => {
  test("answers with the document of qsc quality-gate; only a pass in canary mode is a success", async () => {
    const asOf = new Date().toISOString();
    const after = new Date(Date.now() - 600_000).toISOString();
    const { status, found, body } = await get(`v1/verdicts/canary/xgboost?after=${after}&asOf=${asOf}`);
    const { code, ...byTool } = await documentHere(
      ["quality-gate", "--mode", "canary", "--model", "xgboost", "--source", live, "--after", after, "--as-of", asOf],
      { cwd: directory.path },
    );
    // As of another time than now it is the document of a pass, and no success.
    expect([status, found, body["verdict"], code]).toEqual([409, "unknown", "pass", 0]);
    const other = ["judgedAt", "digest", "toolVersion"];
    const timeless = (given: object): object =>
      Object.fromEntries(Object.entries(given).filter(([key]) => !other.includes(key)));
    expect(timeless(body)).toEqual(timeless(byTool));
    expect(await get("v1/verdicts/canary/xgboost?within=10m")).toMatchObject({
      status: 200,
      found: "pass",
      body: { verdict: "pass", model: "xgboost", asOfFrom: "clock" },
    });
    expect(await get("v1/verdicts/canary?within=10m")).toMatchObject({
      status: 200,
      found: "pass",
      body: { model: null },
    });
    expect(await get("v1/verdicts/collection")).toMatchObject({
      status: 409,
      found: "collected",
      body: { exitCode: 3 },
    });
  });

  test.each([
    ["canary/xgboost?after=2036-01-01T00:00:00Z", 409, undefined],
    ["canary/xgboost?within=10m&count=50", 409, undefined],
    ["canary/lstm?within=10m", 404, "unknown_model"],
    ["canary/xgboost?after=yesterday", 400, "invalid_time"],
    ["canary/xgboost?afer=2026-01-01T00:00:00Z", 400, "request_invalid"],
    ["canary/xgboost?within=10m&count=0", 400, "request_invalid"],
    ["canary/xgboost?within=10m&against=lightgbm", 400, "request_invalid"],
    ["canary?within=10m&shadow=true", 400, "request_invalid"],
    ["canary/xgboost", 400, "request_invalid"],
    ["canary", 400, "request_invalid"],
    ["canary/xgboost?count=500", 400, "request_invalid"],
    ["canary/xgboost?within=10m&after=2026-01-11T08:30:00Z", 400, "request_invalid"],
    ["canary/xgboost?within=10m&asOf=2026-01-11T08:30:00Z", 400, "request_invalid"],
    ["canary/xgboost?within=10", 400, "invalid_time"],
    ["canary/xgboost?within=0m", 400, "request_invalid"],
    ["canary/xgboost?within=999999h", 400, "request_invalid"],
    ["cannary/xgboost", 400, "request_invalid"],
    ["canary/xgboost/", 404, "not_found"],
    ["canary/%ff", 400, "request_invalid"],
  ])("%s is no success: %i", async (path, status, code) => {
    const answered = await get(`v1/verdicts/${path}`);
    expect(answered.status).toBe(status);
    expect(answered.found).not.toBe("pass");
    expect(answered.body["code"]).toBe(code);
  });

  test("a recording is judged as of now, and what is asked as of another time is no success on any route", async () => {
    const payload = (hook: string): string =>
      JSON.stringify({ name: "a", namespace: "b", metadata: { token: TOKENS.verdicts, hook } });
    const asked = async (judge: RunningServer, query: string): Promise<readonly Answered[]> => [
      await get(`v1/verdicts/canary/xgboost?${query}`, judge),
      await get(`v1/argo/measurements/xgboost?${query}`, judge),
      await ask(`${judge.url}v1/flagger/rollout?model=xgboost&${query}`, { body: payload("rollout") }),
      await ask(`${judge.url}v1/flagger/rollback?model=xgboost&${query}`, { body: payload("rollback") }),
    ];
    const recorded = await asked(past, "after=2026-01-05T08:59:59Z");
    expect(recorded.map(({ found }) => found)).not.toContain("pass");
    expect(recorded.map(({ body }) => body["asOfFrom"])).toEqual(["clock", "clock", "clock", "clock"]);
    expect(recorded.map(({ body }) => body["pass"])).toEqual([undefined, false, false, false]);
    const [verdict, measured, rollout, rollback] = await asked(
      past,
      "after=2026-01-05T08:59:59Z&asOf=2026-01-05T10:49:40Z",
    );
    const then = { pass: false, verdict: "unknown", codes: ["telemetry_recorded"], asOfFrom: "option" };
    expect(verdict).toMatchObject({ status: 409, found: "unknown", body: { verdict: "pass", asOfFrom: "option" } });
    expect(measured).toMatchObject({ status: 409, body: { ...then, fail: false, after: "2026-01-05T08:59:59.000Z" } });
    expect(rollout).toMatchObject({ status: 409, body: then });
    expect(rollback).toMatchObject({ status: 200, body: { ...then, rollback: true } });
  });

  test("without telemetry there is no verdict", async () => {
    const answered = await get("v1/verdicts/canary/xgboost?within=10m", blind);
    expect(answered).toMatchObject({ status: 502, found: "unknown", body: { code: "source_unreachable" } });
  });
});

describe("Argo Rollouts", () => {
  test("a pass is pass: true, by GET and by POST", async () => {
    const proven = { status: 200, body: { pass: true, fail: false, verdict: "pass", model: "xgboost", reasons: [] } };
    expect(await get("v1/argo/measurements/xgboost?within=10m")).toMatchObject(proven);
    const asked = { token: TOKENS.verdicts, body: JSON.stringify({ model: "xgboost", within: "10m" }) };
    expect(await ask(`${server.url}v1/argo/measurements`, asked)).toMatchObject(proven);
    const counted = { ...asked, body: JSON.stringify({ model: "xgboost", within: "10m", count: 500 }) };
    expect(await ask(`${server.url}v1/argo/measurements`, counted)).toMatchObject(proven);
  });

  test("a proven failure is a success of HTTP that says fail; what is unknown is an error, whatever the template says", async () => {
    const measured = async (telemetry: string): Promise<Answered> => {
      const other = await startJudge(["--source", `file:${telemetry}`]);
      try {
        return await ask(`${other.url}v1/argo/measurements/xgboost?within=10m`);
      } finally {
        await other.stop();
      }
    };
    const frozen = { status: 200, body: { pass: false, fail: true, verdict: "fail" } };
    expect(await measured(await frozenTelemetry())).toMatchObject(frozen);
    const unknown = { status: 409, body: { pass: false, fail: false, verdict: "unknown" } };
    expect(await measured(await unreadableTelemetry())).toMatchObject(unknown);
    for (const path of [
      "v1/argo/measurements/lstm?within=10m",
      "v1/argo/measurements/xgboost?afer=1",
      "v1/argo/measurements/xgboost",
      "v1/argo/measurements/",
    ])
      expect((await get(path)).status, path).toBeGreaterThanOrEqual(400);
    expect((await get("v1/argo/measurements/xgboost?within=10m", blind)).status).toBe(502);
  });

  test.each([
    '{"model":"xgboost","within":"10m","modle":"x"}',
    '{"model":"lstm","model":"xgboost","within":"10m"}',
    '{"model":"xgboost"}',
    "{}",
    "[]",
    "",
    '{"model":"xgb',
  ])("the body %s is no success", async (body) => {
    const { status, found } = await ask(`${server.url}v1/argo/measurements`, { token: TOKENS.verdicts, body });
    expect([status, found]).toEqual([400, "unknown"]);
  });
});

describe("Flagger", () => {
  const payload = (metadata: Readonly<Record<string, string>> = {}): string =>
    JSON.stringify({ name: "podinfo", namespace: "test", phase: "Progressing", checksum: "85d557f47b", metadata });
  const hook = (path: string, metadata: Readonly<Record<string, string>> = {}, { url } = server): Promise<Answered> =>
    ask(`${url}v1/flagger/${path}`, { body: payload({ token: TOKENS.verdicts, ...metadata }) });
  const HOOKS = [
    "confirm-rollout",
    "pre-rollout",
    "rollout",
    "confirm-traffic-increase",
    "confirm-promotion",
    "post-rollout",
  ];

  test.each([...HOOKS, "event"])("%s: 200 for a proven pass alone", async (name) => {
    expect(await hook(`${name}?model=xgboost&within=10m`)).toMatchObject({
      status: 200,
      body: { pass: true, model: "xgboost" },
    });
    for (const asked of [
      "model=xgboost&after=2036-01-01T00:00:00Z",
      "model=lstm&within=10m",
      "",
      "model=xgboost&afer=1",
      "model=xgboost&count=500",
    ])
      expect((await hook(`${name}?${asked}`)).status, asked).toBeGreaterThanOrEqual(400);
    expect((await hook(`${name}?model=xgboost&within=10m`, {}, blind)).status).toBe(502);
  });

  test("an event has metadata of its own", async () => {
    const metadata = { eventMessage: "New revision detected!", eventType: "Normal", timestamp: "1764547200000" };
    expect(await hook("event?model=xgboost&within=10m", metadata)).toMatchObject({ status: 200 });
  });

  test("rollback: a success rolls back, so it is given to all but a proven pass", async () => {
    const is = { hook: "rollback" };
    expect(await hook("rollback?model=xgboost&within=10m", is)).toMatchObject({
      status: 409,
      body: { pass: true, rollback: false },
    });
    const early = await hook("rollback?model=xgboost&after=2036-01-01T00:00:00Z", is);
    expect(early).toMatchObject({ status: 200, body: { pass: false, rollback: true } });
    const unknown = { status: 200, found: "unknown", body: { pass: false, rollback: true } };
    expect(await hook("rollback?model=lstm&within=10m", is)).toMatchObject({
      ...unknown,
      body: { codes: ["unknown_model"] },
    });
    expect(await hook("rollback?model=xgboost&within=10m", is, blind)).toMatchObject(unknown);
  });

  test("rollback as a webhook of another type, which does not say that it is one, is no success", async () => {
    const { status, body } = await hook("rollback?model=lstm&within=10m");
    expect([status, body["code"]]).toEqual([400, "request_invalid"]);
  });

  test("rollback: a question that is refused is no reason to roll back, and a hook must be that of its path", async () => {
    const is = { hook: "rollback" };
    for (const asked of ["after=gestern", "within=10m&against=lightgbm", "within=10m&afer=1", ""])
      expect((await hook(`rollback?model=xgboost&${asked}`, is)).status, asked).toBe(400);
    expect(await hook("rollout?model=xgboost&within=10m", is)).toMatchObject({ status: 400 });
    expect(await hook("rollout?model=xgboost&within=10m", { hook: "rollout" })).toMatchObject({ status: 200 });
  });

  test("a question in the metadata, where a misspelt one would be ignored, is refused", async () => {
    expect((await hook("rollout?model=xgboost&within=10m", { after: "2036-01-01T00:00:00Z" })).status).toBe(400);
  });

  test("takes its token from the URL as well, and none but that", async () => {
    const url = `${server.url}v1/flagger/rollout?model=xgboost&within=10m`;
    const basic = (token: string): string => `Basic ${Buffer.from(`flagger:${token}`).toString("base64")}`;
    const withHeader = (authorization: string) => ask(url, { body: payload(), headers: { authorization } });
    expect(await withHeader(basic(TOKENS.verdicts))).toMatchObject({ status: 200 });
    expect(await withHeader(basic("wrong"))).toMatchObject({ status: 401, body: { code: "token_refused" } });
    expect(await ask(url, { body: payload() })).toMatchObject({ status: 401 });
    expect(await hook("rollout?model=xgboost&within=10m", { token: TOKENS.judgements })).toMatchObject({ status: 403 });
    // A wrong token in the metadata is not made up for by a right one beside it.
    const both = { body: payload({ token: "wrong" }), headers: { authorization: basic(TOKENS.verdicts) } };
    expect(await ask(url, both)).toMatchObject({ status: 401 });
  });

  test("skip, whose success would promote without an analysis, is not a hook of the judge", async () => {
    expect((await hook("skip?model=xgboost&within=10m")).status).toBe(400);
  });
});

/** The telemetry, with an entry that cannot be read. */
async function unreadableTelemetry(): Promise<string> {
  const path = join(directory.path, "unreadable.ndjson");
  await writeFile(path, `${await readFile(join(directory.path, "live.ndjson"), "utf8")}not an entry\n`);
  return path;
}

/** The telemetry, with every answer of one model the same. */
async function frozenTelemetry(): Promise<string> {
  const text = await readFile(join(directory.path, "live.ndjson"), "utf8");
  const frozen = text.replaceAll(
    /(\\"xgboost\\":\{\\"action\\":)\\"[A-Z]+\\",\\"confidence\\":[\d.]+/g,
    '$1\\"BUY\\",\\"confidence\\":0.61',
  );
  if (frozen === text) throw new Error("the telemetry has no answers of this form");
  const path = join(directory.path, "frozen.ndjson");
  await writeFile(path, frozen);
  return path;
}

test("each answer is as the judge's own description says", async () => {
  const described = (await get("openapi.json")).body as unknown as Description;
  const check = (path: string, method: "get" | "post", { status, body }: Answered): void => {
    const schema = described.paths[path]?.[method]?.responses[String(status)]?.content["application/json"].schema;
    if (schema === undefined) throw new Error(`${method} ${path} does not describe ${status}`);
    const { $ref, ...own } = schema;
    z.fromJSONSchema($ref === undefined ? own : described.components.schemas.Problem).parse(body);
  };
  const verdict = "/v1/verdicts/{mode}/{model}";
  check(verdict, "get", await get("v1/verdicts/canary/xgboost?within=10m"));
  check(verdict, "get", await get("v1/verdicts/canary/xgboost?after=2036-01-01T00:00:00Z"));
  check(verdict, "get", await get("v1/verdicts/canary/xgboost?after=1"));
  check("/v1/verdicts/{mode}", "get", await get("v1/verdicts/collection"));
  check("/v1/argo/measurements/{model}", "get", await get("v1/argo/measurements/xgboost?within=10m"));
  check("/health", "get", await get("health"));
  const judged = (body: string) => ask(`${server.url}v1/judgements`, { token: TOKENS.all, body });
  check("/v1/judgements", "post", await judged(JSON.stringify(healthyPredictions(1))));
  check("/v1/judgements", "post", await judged("[]"));
  check("/v1/judgements", "post", await judged("["));
  const payload = JSON.stringify({ name: "a", namespace: "b", phase: "Progressing", metadata: { token: TOKENS.all } });
  check(
    "/v1/flagger/{hook}",
    "post",
    await ask(`${server.url}v1/flagger/rollout?model=xgboost&within=10m`, { body: payload }),
  );
});

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: { readonly Problem: Schema } };
}
interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content: { readonly "application/json": { readonly schema: Schema } } }>
  >;
}
type Schema = z.core.JSONSchema.JSONSchema;
