import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { healthyPredictions, sendRaw, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { qsc } from "../support/qsc.js";
import type { RunningServer } from "../support/serving.js";
import { ask, liveTelemetry, startJudge, TOKENS, writeTokens } from "./support.js";

const BODY = JSON.stringify(healthyPredictions(1));

let directory: TemporaryDirectory;
let tokensFile: string;
let server: RunningServer;
beforeAll(async () => {
  directory = await temporaryDirectory();
  tokensFile = await writeTokens(directory.path);
  server = await startJudge(["--judge-tokens-file", tokensFile]);
});
afterAll(async () => {
  await server.stop();
  await directory.remove();
});

const portOf = ({ url }: RunningServer): number => Number(new URL(url).port);

describe("who is answered", () => {
  test("no token, a wrong one, and one without the scope get no verdict", async () => {
    const url = `${server.url}v1/judgements`;
    expect(await ask(url, { body: BODY, token: TOKENS.all })).toMatchObject({ status: 200 });
    expect(await ask(url, { body: BODY })).toMatchObject({ status: 401, found: "unknown", body: { pass: false } });
    for (const token of ["wrong", TOKENS.all.slice(1), `${TOKENS.all}x`])
      expect(await ask(url, { body: BODY, token })).toMatchObject({ status: 401, body: { code: "token_refused" } });
    expect(await ask(url, { body: BODY, token: TOKENS.verdicts })).toMatchObject({
      status: 403,
      body: { code: "scope_missing" },
    });
    expect((await fetch(`${server.url}metrics`)).status).toBe(401);
  });

  test("a token has a rate, and others are answered meanwhile", async () => {
    const url = `${server.url}v1/judgements`;
    expect(await ask(url, { body: BODY, token: TOKENS.slow })).toMatchObject({ status: 200 });
    expect(await ask(url, { body: BODY, token: TOKENS.slow })).toMatchObject({
      status: 429,
      body: { code: "rate_exceeded" },
    });
    expect(await ask(url, { body: BODY, token: TOKENS.all })).toMatchObject({ status: 200 });
  });

  test("a large body of a client without a token is not asked for", async () => {
    const head = `POST /v1/judgements HTTP/1.1\r\nhost: x\r\ncontent-length: ${BODY.length}\r\nexpect: 100-continue\r\n\r\n`;
    const answered = await sendRaw(portOf(server), { bytes: Buffer.from(head), then: "wait" });
    expect(answered).toMatch(/^HTTP\/1\.1 401 /);
    const authorized = head.replace(
      "\r\n\r\n",
      `\r\ncontent-type: application/json\r\nauthorization: Bearer ${TOKENS.all}\r\n\r\n`,
    );
    const socket = connect(portOf(server), "127.0.0.1").setEncoding("utf8");
    socket.write(authorized);
    expect(String((await once(socket, "data"))[0])).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    socket.write(BODY);
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  test("without tokens it listens on this machine alone, and to its own names", async () => {
    const open = await startJudge();
    try {
      const bytes = Buffer.from("GET /v1/verdicts/canary/xgboost HTTP/1.1\r\nhost: evil.example\r\n\r\n");
      expect(await sendRaw(portOf(open), { bytes, then: "wait" })).toMatch(/^HTTP\/1\.1 421 /);
    } finally {
      await open.stop();
    }
    const { code, err } = await qsc(["judge-server", "--judge-listen", "0.0.0.0:0"], { cwd: directory.path });
    expect(code).toBe(1);
    expect(err).toContain("that needs tokens");
  });

  test.each([
    ["not JSON", "secret-secret-secret-secret", "is not JSON"],
    [
      "a key that is not known",
      '{"tokens":[{"name":"a","token":"secret-secret-secret-secret","scope":["metrics"]}]}',
      "tokens.0",
    ],
    ["a short token", '{"tokens":[{"name":"a","token":"secret-secret","scopes":["metrics"]}]}', "at least 20"],
    ["none", '{"tokens":[]}', "tokens"],
    [
      "one twice",
      '{"tokens":[{"name":"a","token":"secret-secret-secret-secret","scopes":["metrics"]},{"name":"b","token":"secret-secret-secret-secret","scopes":["metrics"]}]}',
      "two equal tokens",
    ],
  ])("tokens: %s ends with exit 1, and no token in the message", async (_, content, words) => {
    const path = join(directory.path, "bad.json");
    await writeFile(path, content, { mode: 0o600 });
    const { code, err } = await qsc(["judge-server", "--judge-tokens-file", path], { cwd: directory.path });
    expect(code).toBe(1);
    expect(err).toContain(words);
    expect(err).not.toContain("secret-secret");
  });

  test("tokens that every user can read, or that are given twice, are refused; a variable can hold them", async () => {
    const readable = join(directory.path, "readable.json");
    await writeFile(readable, "{}");
    await chmod(readable, 0o644);
    const run = (args: readonly string[], env = {}) => qsc(["judge-server", ...args], { cwd: directory.path, env });
    expect(await run(["--judge-tokens-file", readable])).toMatchObject({ code: 1 });
    expect(await run(["--judge-tokens-file", tokensFile], { QSC_JUDGE_TOKENS: "{}" })).toMatchObject({ code: 1 });
    const tokens = { tokens: [{ name: "a", token: TOKENS.all, scopes: ["verdicts"] }] };
    const held = await startJudge(["--source", await liveTelemetry(directory.path)], {
      env: { QSC_JUDGE_TOKENS: JSON.stringify(tokens) },
    });
    try {
      expect(await ask(`${held.url}v1/verdicts/canary/xgboost?within=10m`, { token: TOKENS.all })).toMatchObject({
        status: 200,
      });
      expect(await ask(`${held.url}v1/verdicts/canary/xgboost?within=10m`)).toMatchObject({ status: 401 });
    } finally {
      await held.stop();
    }
  });
});

describe("the end of the judge", () => {
  test("a body that is under way is judged, a new connection is refused, and it ends with 0", async () => {
    const ending = await startJudge();
    const port = portOf(ending);
    const socket = connect(port, "127.0.0.1").setEncoding("utf8");
    const half = Math.floor(BODY.length / 2);
    const head = `POST /v1/judgements HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n`;
    // The judge has the request once it asks for the body.
    socket.write(`${head}expect: 100-continue\r\n\r\n`);
    expect(String((await once(socket, "data"))[0])).toContain("100 Continue");
    socket.write(BODY.slice(0, half));
    const stopped = ending.stop();
    await expect.poll(() => isRefused(port), { timeout: 60_000 }).toBe(true);
    socket.write(BODY.slice(half));
    let answered = "";
    for await (const text of socket) answered += String(text);
    expect(answered).toMatch(/^HTTP\/1\.1 200 /);
    expect(answered).toMatch(/\r\nconnection: close\r\n/i);
    expect(await stopped).toBe(0);
  });

  test("a judge that is killed has answered nothing of what was under way", async () => {
    const killed = await startJudge();
    const port = portOf(killed);
    const socket = connect(port, "127.0.0.1").setEncoding("utf8");
    socket.on("error", () => undefined);
    const head = `POST /v1/judgements HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n`;
    socket.write(head + BODY.slice(0, -1));
    const closed = new Promise((resolve) => socket.on("close", resolve));
    let answered = "";
    socket.on("data", (text: string) => (answered += text));
    killed.child.kill("SIGKILL");
    await closed;
    expect(answered).toBe("");
  });
});

test("a client that goes while its question waits for the telemetry frees the place of it", async () => {
  const silent = await startSilentServer();
  const waiting = await startJudge(["--source", `redis://127.0.0.1:${silent.port}`]);
  try {
    const questions = Array.from({ length: 4 }, () => {
      const gone = new AbortController();
      return {
        gone,
        asked: fetch(`${waiting.url}v1/verdicts/canary/xgboost?within=10m`, { signal: gone.signal }).catch(() => null),
      };
    });
    const underWay = async (): Promise<number> => {
      const text = await (await fetch(`${waiting.url}metrics`)).text();
      return Number(/^qsc_judge_under_way\{what="verdicts"\} (\d+)$/m.exec(text)?.[1]);
    };
    await expect.poll(underWay, { timeout: 60_000 }).toBe(2);
    for (const { gone, asked } of questions) {
      gone.abort();
      expect(await asked).toBeNull();
    }
    await expect.poll(underWay, { timeout: 60_000 }).toBe(0);
  } finally {
    await waiting.stop();
    silent.close();
  }
});

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });
}

/** A server that accepts, and never answers. */
async function startSilentServer(): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  return {
    port: (silent.address() as AddressInfo).port,
    close: () => {
      silent.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
