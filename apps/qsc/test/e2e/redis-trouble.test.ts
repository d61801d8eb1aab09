import { createServer } from "node:net";
import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  temporaryDirectory,
  writeStream,
  type RedisServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { qsc, type Run } from "./support/qsc.js";

const GATE = ["quality-gate", "--mode", "canary"];

/** The origin of the settings and one sentence for a person, no stack trace, nothing on stdout, exit 2. */
function expectOneSentence({ code, out, err }: Run, words: RegExp): void {
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^config {2}none: [^\n]+\nqsc: [^\n]+[.]\n$/);
  expect(err).not.toMatch(/\bat .*\.js:\d+/);
  expect(err).toMatch(words);
}

describeRequiring(requireRedis({ tls: true }), "a Redis that cannot be read", () => {
  let directory: TemporaryDirectory;
  let redis: RedisServer;
  const run = (source: string, ...further: string[]) =>
    qsc([...GATE, "--source", source, ...further], { cwd: directory.path });

  beforeAll(async () => {
    directory = await temporaryDirectory();
    redis = await startRedis({
      requirePass: "s3cret",
      aclUsers: [{ name: "blind", password: "pw", rules: "~* -@all +ping +info" }],
    });
    const client = new Redis(redis.url);
    await client.set("a:string", "1");
    await client.quit();
  });
  afterAll(async () => {
    await redis.stop();
    await directory.remove();
  });

  test("stopped", async () => {
    await using gone = await startRedis();
    await gone.stop();
    expectOneSentence(await run(gone.url), /Connection refused at redis:\/\/127\.0\.0\.1:\d+/);
  });

  test("a wrong port", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    try {
      expectOneSentence(await run(`redis://127.0.0.1:${port}`), new RegExp(`:${port}`));
    } finally {
      server.close();
    }
  });

  test("an unknown host", async () => {
    expectOneSentence(await run("redis://no-such-host.invalid:6379"), /no-such-host\.invalid/);
  });

  test("a wrong password, which is not printed", async () => {
    const wrong = await run(`redis://:hunter2@127.0.0.1:${redis.port}`);
    expectOneSentence(wrong, /password/i);
    expect(wrong.err).not.toContain("hunter2");
  });

  test("a missing password", async () => {
    expectOneSentence(await run(`redis://127.0.0.1:${redis.port}`), /password/i);
  });

  test("a user who may not read", async () => {
    expectOneSentence(await run(`redis://blind:pw@127.0.0.1:${redis.port}`), /permi|may not/i);
  });

  test("a missing stream", async () => {
    expectOneSentence(await run(redis.url, "--stream", "no:such:stream"), /no:such:stream/);
  });

  test("a stream of another type", async () => {
    expectOneSentence(await run(redis.url, "--stream", "a:string"), /string/);
  });

  test("TLS on a plain port, and plain text on a TLS port", async () => {
    await using secure = await startRedis({ tls: true });
    expectOneSentence(await run(secure.url.replace("rediss://", "redis://")), /./);
    expectOneSentence(await run(secure.url), /certificate/i);
    expectOneSentence(await run(`rediss://127.0.0.1:${redis.port}`), /rediss:/);
  });

  test("each kind has a sentence of its own, and a code in the document of --json", async () => {
    const kinds = [
      ["source_unreachable", "redis://127.0.0.1:1", ""],
      ["source_auth", `redis://:wrong@127.0.0.1:${redis.port}`, ""],
      ["source_permission", `redis://blind:pw@127.0.0.1:${redis.port}`, ""],
      ["source_missing", redis.url, "none"],
      ["source_wrong_type", redis.url, "a:string"],
    ] as const;
    const sentences = new Set<string>();
    for (const [code, source, stream] of kinds) {
      const { out, err, code: exit } = await run(source, "--json", ...(stream === "" ? [] : ["--stream", stream]));
      expect(JSON.parse(out)).toMatchObject({ kind: "error", code, exitCode: 2, verdict: "unknown" });
      expect(exit).toBe(2);
      sentences.add(err);
    }
    expect(sentences.size).toBe(kinds.length);
  });

  test("read with a CA, as an ACL user, and live: the gate passes", async () => {
    await using secure = await startRedis({
      tls: true,
      aclUsers: [{ name: "reader", password: "pw", rules: "~* -@all +@connection +@read +info +time" }],
    });
    const { entries, seed } = seededTelemetry({ count: 250, intervalMs: 1000, startMs: Date.now() - 250_000 });
    const own = new URL(secure.url);
    const loader = new Redis(secure.url, { tls: { rejectUnauthorized: false } });
    for (const { id, fields } of entries)
      await loader.xadd("quantum:stream:trade.intent", id, ...Object.entries(fields).flat());
    await loader.quit();
    own.username = "reader";
    own.password = "pw";
    const { code, err, out } = await run(own.href, "--ca", secure.ca ?? "");
    expect({ seed, code, err }).toEqual({ seed, code: 0, err: "" });
    expect(out).not.toContain("pw@");
  });
});

describeRequiring(requireRedis(), "waiting for events", () => {
  const KEY = "quantum:stream:trade.intent";
  let directory: TemporaryDirectory;
  let redis: RedisServer;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.stop();
    await directory.remove();
  });
  const live = (count: number) =>
    seededTelemetry({ count, intervalMs: 1000, startMs: Date.now() - count * 1000 }).entries;

  test("waits with an estimate until there are enough, then judges", async () => {
    const entries = live(250);
    await writeStream(redis.url, KEY, entries.slice(0, 100));
    let written = false;
    const { code, err, out } = await qsc([...GATE, "--source", redis.url, "--wait"], {
      cwd: directory.path,
      onErr: () => {
        if (written) return;
        written = true;
        void writeStream(redis.url, KEY, entries.slice(100));
      },
    });
    expect(err).toMatch(/^100 of 200 predictions, [\d.]+ per minute: enough in about 1 min/);
    expect(err).toMatch(/\d+ of 200 predictions: enough\n$/);
    expect(code).toBe(0);
    expect(out).toContain("PASS");
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s while waiting: 2, one sentence", async (signal) => {
    const key = `few:${signal}`;
    await writeStream(redis.url, key, live(20));
    const { code, err, out } = await qsc([...GATE, "--source", redis.url, "--stream", key, "--wait"], {
      cwd: directory.path,
      onErr: (_text, kill) => {
        kill(signal);
      },
    });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/qsc: \[interrupted\] Interrupted [^\n]+\.\n$/);
  });

  test("--wait on a log that is still being written", async () => {
    const { appendFile, writeFile } = await import("node:fs/promises");
    const path = `${directory.path}/live.ndjson`;
    const lines = live(220).map((entry) => `${JSON.stringify(entry)}\n`);
    await writeFile(path, `${lines.slice(0, 150).join("")}${lines[150]?.slice(0, 40) ?? ""}`);
    let written = false;
    const { code, err } = await qsc([...GATE, "--source", `file:${path}`, "--wait", "--model", "xgboost"], {
      cwd: directory.path,
      onErr: () => {
        if (written) return;
        written = true;
        void appendFile(path, `${lines[150]?.slice(40) ?? ""}${lines.slice(151).join("")}`);
      },
    });
    expect(err).toMatch(/^150 of 200/);
    expect(code).toBe(0);
  });
});
