import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import {
  describeRequiring,
  recordingOrSkip,
  requireRedis,
  startRedis,
  temporaryDirectory,
  writeEventLog,
  writeStream,
  type Entry,
  type RedisServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import type { EntryId } from "@qsc/contract";
import { openSink } from "@qsc/stream-reader/sink";
import { afterAll, beforeAll, expect, test } from "vitest";
import { document, qsc } from "./support/qsc.js";
import { recordedEntries, withAnswers, withPayload } from "./support/recorded.js";

const STREAM = "signed";
const SPACING_MS = 400;

describeRequiring(
  recordingOrSkip(),
  "unless the engine signs, any writer of the stream decides the verdict",
  (path) => {
    describeRequiring(requireRedis(), "in a log and in a real Redis", () => {
      let directory: TemporaryDirectory;
      let redis: RedisServer;
      const at = (name: string): string => `${directory.path}/${name}`;
      const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
        qsc(args, { cwd: directory.path, env });

      beforeAll(async () => {
        directory = await temporaryDirectory();
        redis = await startRedis();
        execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", at("engine.pem")], { stdio: "ignore" });
        execFileSync("chmod", ["600", at("engine.pem")]);
        execFileSync("openssl", ["pkey", "-in", at("engine.pem"), "-pubout", "-out", at("engine.pub.pem")]);
        execFileSync("chmod", ["644", at("engine.pub.pem")]);
        await writeFile(at("hmac"), randomBytes(32).toString("hex"), { mode: 0o600 });
        await writeFile(at("signed.yaml"), "require: [signature]\n");
      });
      afterAll(async () => {
        try {
          await redis.stop();
        } finally {
          await directory.remove();
        }
      });

      /** The entries as an engine with the key publishes them. */
      async function signed(entries: readonly Entry[], key: string): Promise<Entry[]> {
        const log = at(`sink-${randomBytes(4).toString("hex")}.ndjson`);
        await using sink = await openSink(`file:${log}`, { signingKey: at(key), stream: STREAM });
        await sink.append(
          entries.map(({ id, fields }) => ({ id: id as EntryId, fields: Object.entries(fields).flat() })),
        );
        return (await readFile(log, "utf8"))
          .trim()
          .split("\n")
          .map((each) => JSON.parse(each) as Entry);
      }

      /** The entries `spacing` apart, each a decision of its own. */
      const spread = (entries: readonly Entry[], times: number, offset: number): Entry[] =>
        Array.from({ length: times * entries.length }, (_, index) => {
          const entry = entries[index % entries.length] as Entry;
          const ms = 1_763_818_338_000 + index * SPACING_MS + offset;
          return withPayload({ ...entry, id: `${ms}-0` }, (payload) => ({
            ...payload,
            timestamp: new Date(ms).toISOString(),
          }));
        });

      /** A log and a stream of the entries in the order of their IDs, as options. */
      async function sources(entries: readonly Entry[]): Promise<readonly (readonly string[])[]> {
        const ordered = entries.toSorted((a, b) => Number(a.id.split("-")[0]) - Number(b.id.split("-")[0]));
        await writeEventLog(at("entries.ndjson"), ordered);
        execFileSync("redis-cli", ["-p", String(redis.port), "DEL", STREAM]);
        await writeStream(redis.url, STREAM, ordered);
        const end = new Date(Number(ordered.at(-1)?.id.split("-")[0])).toISOString();
        return [
          ["--source", "file:entries.ndjson", "--stream", STREAM],
          ["--source", redis.url, "--stream", STREAM, "--as-of", end],
        ];
      }

      const GATE = ["quality-gate", "--mode", "canary", "--model", "xgboost"];
      const SIGNED = ["--policy", "signed.yaml", "--verify-key", "engine.pub.pem"];

      test("900 forged good decisions beside 300 bad ones pass without signatures, and fail every judge with them", async () => {
        const honest = recordedEntries(path).slice(0, 300);
        const bad = await signed(
          spread(
            honest.map((entry) => withAnswers(entry, { action: "HOLD", confidence: 0.5 })),
            1,
            0,
          ),
          "engine.pem",
        );
        for (const source of await sources([...bad, ...spread(honest, 3, 200)])) {
          expect((await document([...GATE, ...source], { cwd: directory.path })).code).toBe(0);
          const judged = await document([...GATE, ...source, ...SIGNED], { cwd: directory.path });
          expect(judged).toMatchObject({ code: 2, verdict: "fail", counts: { rejected: 900, judged: 300 } });
          expect(judged.reasons.join("\n")).toContain("signature_missing (900 x");
          expect(judged.reasons.join("\n")).toContain("not one may be without the engine's signature");
          for (const command of ["scoreboard", "feature-sanity"])
            expect((await run([command, ...source, ...SIGNED])).code).toBe(2);
          expect((await run(["diagnose", ...source, ...SIGNED])).out).toContain("signature_missing");
        }
      });

      test.each([
        ["engine.pem", "engine.pub.pem"],
        ["hmac", "hmac"],
      ])("what the engine signed with %s passes, one forged entry among it does not", async (key, verifies) => {
        const good = await signed(spread(recordedEntries(path), 1, 0), key);
        const gate = [...GATE, "--policy", "signed.yaml", "--verify-key", `${verifies},engine.pub.pem`];
        for (const source of await sources(good)) {
          expect(await document([...gate, ...source], { cwd: directory.path })).toMatchObject({
            code: 0,
            counts: { rejected: 0 },
          });
          expect((await run([...GATE, "--policy", "signed.yaml", ...source], { QSC_VERIFY_KEY: verifies })).code).toBe(
            0,
          );
        }
        const [first] = good as [Entry];
        const changed = withPayload({ ...first, id: "1763818338001-0" }, (payload) => ({
          ...payload,
          timestamp: "2025-11-22T14:00:00Z",
        }));
        for (const source of await sources([...good, changed])) {
          const judged = await document([...gate, ...source], { cwd: directory.path });
          expect(judged).toMatchObject({ code: 2, counts: { rejected: 1 } });
          expect(judged.reasons.join("\n")).toContain("signature_invalid (1 x, first 1763818338001-0)");
        }
      });

      test("entries that another engine signed, or this one for another stream, do not count", async () => {
        const good = await signed(spread(recordedEntries(path), 1, 0), "hmac");
        for (const source of await sources(good)) {
          expect(await document([...GATE, ...source, ...SIGNED], { cwd: directory.path })).toMatchObject({
            code: 2,
            counts: { judged: 0 },
          });
        }
        await sources(good);
        const other = [
          "--source",
          "file:entries.ndjson",
          "--stream",
          "another",
          "--policy",
          "signed.yaml",
          "--verify-key",
          "hmac",
        ];
        expect(await document([...GATE, ...other], { cwd: directory.path })).toMatchObject({
          code: 2,
          counts: { judged: 0 },
        });
      });

      test("a policy that requires signatures is refused if no key is named, and an unusable key is named", async () => {
        const source = ["--source", "file:entries.ndjson"];
        for (const command of [
          GATE,
          ["scoreboard"],
          ["diagnose"],
          ["feature-sanity"],
          ["status"],
          ["monitor"],
          ["activate", "--model", "m", "--cutover", "2025-11-22T13:00:00Z"],
        ]) {
          const { code, err } = await run([...command, ...source, "--policy", "signed.yaml"]);
          expect(err).toContain(
            "The policy requires signatures, but no key is named; name the engine's public key with --verify-key.",
          );
          expect(code).toBe(1);
        }
        const wrong = await run([...GATE, ...source, "--verify-key", "engine.pem"]);
        expect(wrong.err).toContain("holds a private key");
        expect(wrong.code).toBe(1);
      });

      test("with the runbook's rules Redis grants XADD only to the engine, and the gate only what it reads with", async () => {
        const runbook = await readFile(new URL("../../../../docs/runbook.md", import.meta.url), "utf8");
        const rules = [...runbook.matchAll(/^ACL SETUSER (\S+) .*$/gm)].map(([line]) =>
          line.replaceAll("quantum:stream:trade.intent", STREAM),
        );
        expect(rules.map((line) => line.split(" ")[2])).toEqual(["qsc-gate", "qsc-engine"]);
        const cli = (...words: string[]): string =>
          execFileSync("redis-cli", ["-p", String(redis.port), ...words], { encoding: "utf8" });
        await sources(await signed(spread(recordedEntries(path), 1, 0), "engine.pem"));
        for (const line of rules) expect(cli(...line.split(" "))).toBe("OK\n");
        const as = (user: string): string => redis.url.replace("redis://", `redis://${user}:secret@`);
        const judged = await document(
          [
            ...GATE,
            "--source",
            as("qsc-gate"),
            "--stream",
            STREAM,
            "--as-of",
            "2025-11-22T14:00:00Z",
            "--after",
            "2025-11-22T13:00:00Z",
            ...SIGNED,
          ],
          { cwd: directory.path },
        );
        expect(judged).toMatchObject({ counts: { rejected: 0, judged: 330 } });
        for (const words of [
          ["XADD", STREAM, "*", "a", "b"],
          ["DEL", STREAM],
          ["XDEL", STREAM, "1-0"],
          ["XTRIM", STREAM, "MAXLEN", "0"],
          ["SET", "x", "y"],
        ]) {
          expect(cli("--user", "qsc-gate", "--pass", "secret", "--no-auth-warning", ...words)).toContain("NOPERM");
          if (words[0] !== "XADD")
            expect(cli("--user", "qsc-engine", "--pass", "secret", "--no-auth-warning", ...words)).toContain("NOPERM");
        }
        await using sink = await openSink(as("qsc-engine"), {
          stream: STREAM,
          signingKey: at("engine.pem"),
          maxLength: 1000,
        });
        expect(await sink.append([{ id: "1763900000000-0", fields: ["event_type", "trade.intent"] }])).toEqual([
          "1763900000000-0",
        ]);
        expect(await sink.append([{ id: "1-0", fields: ["event_type", "trade.intent"] }])).toEqual(["1763900000000-1"]);
      });
    });
  },
);
