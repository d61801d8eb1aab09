import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { JudgeServerRequest } from "@qsc/rollout";
import { DEFAULT_POLICY } from "@qsc/violations";
import { afterEach, describe, expect, test } from "vitest";
import { LIMITS, type Limits } from "../src/limits.js";
import { serveWithin } from "../src/run.js";

interface Running {
  readonly port: number;
  readonly said: readonly string[];
  stop(): Promise<void>;
}

const running: Running[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

/** A judge in this process, whose telemetry never answers unless something else is said. */
async function started(limits: Partial<Limits>, request: Partial<JudgeServerRequest> = {}): Promise<Running> {
  const ending = new AbortController();
  const said: string[] = [];
  let onSaid = (): void => undefined;
  const listening = new Promise<void>((resolve) => (onSaid = resolve));
  const ended = serveWithin(
    {
      listen: "127.0.0.1:0",
      tokens: null,
      judgement: {
        policy: DEFAULT_POLICY,
        policySource: "built-in",
        unit: null,
        host: "h",
        toolVersion: "1.2.3",
        now: Date.now,
      },
      profiles: new Map(),
      openSource: () => new Promise(() => undefined),
      readPredictions: async function* (bytes) {
        let index = 0;
        for await (const chunk of bytes)
          for (const line of chunk.toString("utf8").trim().split("\n")) {
            index += 1;
            yield { place: `line ${index}`, prediction: JSON.parse(line) as { label: string; score: number } };
          }
      },
      signal: ending.signal,
      say: (sentence) => {
        said.push(sentence);
        onSaid();
      },
      ...request,
    },
    { ...LIMITS, ...limits },
  );
  await Promise.race([listening, ended]);
  const one = {
    port: Number(/:(\d+)\/$/.exec(said[0] ?? "")?.[1]),
    said,
    stop: async () => {
      ending.abort();
      await ended;
    },
  };
  running.push(one);
  return one;
}

/** A connection that has sent this, and what it is answered. */
function sending(port: number, text: string): { readonly socket: Socket; readonly answered: Promise<string> } {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  sockets.push(socket);
  let answer = "";
  const answered = new Promise<string>((resolve) => {
    socket.on("data", (part: string) => {
      answer += part;
      if (/\r\n\r\n.*\n$/s.test(answer)) resolve(answer);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      resolve(answer);
    });
  });
  socket.write(text);
  return { socket, answered };
}

const HOST = (port: number): string => `host: 127.0.0.1:${port}\r\n`;
const post = (port: number, length: number, body: string): string =>
  `POST /v1/judgements HTTP/1.1\r\n${HOST(port)}content-type: application/x-ndjson\r\ncontent-length: ${length}\r\n\r\n${body}`;
const question = (port: number): string => `GET /v1/verdicts/canary/xgboost?within=10m HTTP/1.1\r\n${HOST(port)}\r\n`;
const flagger = (port: number, length: number, body: string): string =>
  post(port, length, body)
    .replace("/v1/judgements", "/v1/flagger/rollback?model=xgboost&within=10m")
    .replace("application/x-ndjson", "application/json");
const LINE = '{"label":"BUY","score":0.5}\n';

describe("a judge has limits", () => {
  test("of time: a body that does not come is not waited for, and its beginning is not judged", async () => {
    const { port } = await started({ requestMs: 50 });
    const answer = await sending(port, post(port, 10_000, LINE.repeat(300))).answered;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code": "request_timeout"');
  });

  test("of time: a verdict that does not come is a failure", async () => {
    const { port } = await started({ requestMs: 50 });
    const answer = await sending(port, question(port)).answered;
    expect(answer).toMatch(/^HTTP\/1\.1 504 /);
    expect(answer).toContain('"code": "judge_late"');
  });

  test("of time: predictions that are there at once do not hold up others, or go on for no client", async () => {
    const MOST = 30_000_000;
    let given = 0;
    const { port } = await started(
      { requestMs: 100 },
      {
        readPredictions: async function* () {
          for (; given < MOST; given += 1) yield { place: "row", prediction: { label: "BUY", score: 0.5 } };
        },
      },
    );
    const answer = await sending(port, post(port, LINE.length, LINE)).answered;
    expect(answer).toMatch(/^HTTP\/1\.1 (?:408|504) /);
    expect(given).toBeLessThan(MOST);
  });

  test("of time: Flagger's hook rollback rolls back when a verdict does not come, also while others wait", async () => {
    const { port } = await started({ rollbackMs: 50, verdicts: 1 });
    sending(port, question(port));
    const body = '{"name":"a","namespace":"b","metadata":{"hook":"rollback"}}';
    const answer = await sending(port, flagger(port, body.length, body)).answered;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"rollback": true');
    expect(answer).toContain('"judge_late"');
  });

  test("of time: a refusal does not wait for a body, and the body of a question must come soon", async () => {
    const { port } = await started({ questionMs: 50 });
    const other = post(port, 10, "x").replace("/v1/judgements", "/v1/nothing");
    expect(await sending(port, other).answered).toMatch(/^HTTP\/1\.1 404 .*connection: close/is);
    expect(await sending(port, flagger(port, 10, "{")).answered).toMatch(/^HTTP\/1\.1 408 .*connection: close/is);
  });

  test("of what it counts: a refusal is not a verdict", async () => {
    const { port } = await started({});
    expect(await sending(port, post(port, 4, "null")).answered).toMatch(/^HTTP\/1\.1 400 /);
    expect(await sending(port, post(port, LINE.length, LINE)).answered).toMatch(/^HTTP\/1\.1 409 /);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const counted = text.split("\n").filter((line) => line.startsWith("qsc_judge_verdicts_total{"));
    expect(counted).toEqual(['qsc_judge_verdicts_total{route="POST /v1/judgements",verdict="fail"} 1']);
  });

  test("of size: a body that is announced, or comes, beyond it is refused", async () => {
    const { port } = await started({ bodyBytes: 1000 });
    expect(await sending(port, post(port, 1001, "")).answered).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `400\r\n${LINE.padEnd(1024, " ")}\r\n`;
    const head = post(port, 0, "").replace("content-length: 0", "transfer-encoding: chunked");
    expect(await sending(port, `${head}${chunk}0\r\n\r\n`).answered).toMatch(/^HTTP\/1\.1 413 /);
    const small = post(port, LINE.length, LINE);
    expect(await sending(port, small).answered).toMatch(/^HTTP\/1\.1 409 /);
  });

  test("of what is under way: one more is told to come again", async () => {
    const { port } = await started({ judgements: 1, verdicts: 1, waitingVerdicts: 0 });
    const body = sending(port, `${post(port, 100, "").slice(0, -2)}expect: 100-continue\r\n\r\n`);
    await once(body.socket, "data");
    expect(await sending(port, post(port, LINE.length, LINE)).answered).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1/s);
    const first = sending(port, question(port));
    const both = [first.answered, sending(port, question(port)).answered];
    expect(await Promise.race(both)).toMatch(/^HTTP\/1\.1 503 /);
  });

  test("of connections: one more is closed", async () => {
    const { port } = await started({ connections: 1 });
    const first = sending(port, post(port, 100, LINE));
    await once(first.socket, "connect");
    expect(await sending(port, question(port)).answered).toBe("");
  });

  test("of its end: what has not ended by then is cut off, without an answer", async () => {
    const one = await started({ drainMs: 50 });
    const body = sending(one.port, `${post(one.port, 100, "").slice(0, -2)}expect: 100-continue\r\n\r\n`);
    await once(body.socket, "data");
    await one.stop();
    expect(await body.answered).not.toMatch(/HTTP\/1\.1 [2-5]/);
  });
});

test("a fault of the judge is told to its operator, and not to the client", async () => {
  const { port, said } = await started({}, { openSource: () => Promise.reject(new Error("the secret is 42")) });
  const answer = await sending(port, question(port)).answered;
  expect(answer).toMatch(/^HTTP\/1\.1 500 /);
  expect(answer).not.toContain("42");
  expect(said.at(-1)).toContain("the secret is 42");
});

test.each([
  ["0.0.0.0:0", "needs tokens"],
  ["nowhere", "The judge cannot listen on 'nowhere'"],
  ["192.0.2.1:0", "needs tokens"],
])("at %s it does not listen: %s", async (listen, words) => {
  await expect(started({}, { listen })).rejects.toThrow(words);
});

test("a port that is taken is named", async () => {
  const { port } = await started({});
  await expect(started({}, { listen: `127.0.0.1:${port}` })).rejects.toThrow("--judge-listen");
});
