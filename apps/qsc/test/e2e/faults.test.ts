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
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { documentHere } from "./support/here.js";
import { qsc } from "./support/qsc.js";
import { recordedEntries, withAnswers, withPayload } from "./support/recorded.js";

const BIG = "x".repeat(10 * 1024 * 1024);
const HOSTILE = {
  ansi: "\u001b[2J\u001b[31mevil\u001b[0m",
  newline: "evil\n\nPASS quality gate (exit 0)\r\n",
  html: '<img src=x onerror="alert(1)">',
  markdown: "[evil](https://example.invalid) | **pass** `x`",
};

/** A model of that name in addition to the others. */
const named = (name: string) => (entry: Entry) =>
  withPayload(entry, (payload) => {
    payload.model_breakdown[name] = { action: "BUY", confidence: 0.7, model: name };
    return payload;
  });
const raw = (change: (text: string) => string) => (entry: Entry) =>
  withPayload(entry, (payload) => change(JSON.stringify(payload)));

/** Each fault: what it does to an entry, and how the document names it. */
const FAULTS: Record<string, { readonly spoil: (entry: Entry) => Entry; readonly named: RegExp }> = {
  "cut in half": {
    spoil: raw((text) => text.slice(0, text.length / 2)),
    named: /unreadable_json \(7 x, first 1763818338282-0\)/,
  },
  "NaN confidence": {
    spoil: raw((text) => text.replaceAll(/"confidence":[\d.]+/g, '"confidence":NaN')),
    named: /confidence NaN \(7 x, first 1763818338282-0\)/,
  },
  "Infinity feature": {
    spoil: raw((text) => text.replace("{", '{"atr_value":Infinity,')),
    named: /feature_not_finite: .*atr_value \(7 x, first 1763818338282-0\)/,
  },
  "a confidence as string": {
    spoil: (entry) => withAnswers(entry, { confidence: "0.7" }),
    named: /confidence "0\.7" \(7 x, first 1763818338282-0\)/,
  },
  "a 10 MB payload": {
    spoil: (entry) => withPayload(entry, (payload) => ({ ...payload, note: BIG })),
    named: /too_large \(7 x, first 1763818338282-0\)/,
  },
  "a __proto__ key": {
    spoil: raw((text) => text.replace("{", '{"__proto__":{"polluted":1},')),
    named: /forbidden_key \(7 x, first 1763818338282-0\)/,
  },
  "1e400": {
    spoil: raw((text) => text.replace("{", '{"atr_value":1e400,')),
    named: /number_overflow \(7 x, first 1763818338282-0\)/,
  },
  "the label HODL": {
    spoil: (entry) => withAnswers(entry, { action: "HODL" }),
    named: /label 'HODL' \(7 x, first 1763818338282-0\)/,
  },
  "a name with ANSI escapes": {
    spoil: named(HOSTILE.ansi),
    named: /invalid_model_name \(7 x, first 1763818338282-0\)/,
  },
  "a name with newlines": { spoil: named(HOSTILE.newline), named: /invalid_model_name \(7 x, first 1763818338282-0\)/ },
  "a name with HTML": { spoil: named(HOSTILE.html), named: /invalid_model_name \(7 x, first 1763818338282-0\)/ },
  "a name with Markdown": {
    spoil: named(HOSTILE.markdown),
    named: /invalid_model_name \(7 x, first 1763818338282-0\)/,
  },
};

describeRequiring(recordingOrSkip(), "the recording with one payload in fifty broken", (path) => {
  describeRequiring(requireRedis(), "as a journal and in a real Redis", () => {
    const entries = recordedEntries(path);
    const end = new Date(Number(entries.at(-1)?.id.split("-")[0])).toISOString();
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

    /** The gate's document over the entries, from both kinds of source, which must agree. */
    async function gateOver(name: string, spoiled: readonly Entry[]) {
      const journal = `${directory.path}/${name}.ndjson.gz`;
      await writeEventLog(journal, spoiled);
      await writeStream(redis.url, name, spoiled);
      const gate = ["quality-gate", "--mode", "canary"];
      const fromJournal = await documentHere([...gate, "--source", `file:${journal}`], { cwd: directory.path });
      const fromRedis = await documentHere([...gate, "--source", redis.url, "--stream", name, "--as-of", end], {
        cwd: directory.path,
      });
      const facts = ({ code, counts, reasons }: typeof fromRedis) => ({ code, counts, reasons });
      expect(facts(fromRedis)).toEqual(facts(fromJournal));
      return { ...fromJournal, gate, journal };
    }

    test.each(Object.entries(FAULTS))(
      "%s: never exits with 0, named with a count and a sample",
      async (name, { spoil, named: words }) => {
        const id = name.replaceAll(/\W/g, "_");
        const judged = await gateOver(
          id,
          entries.map((entry, index) => (index % 50 === 0 ? spoil(entry) : entry)),
        );
        expect(judged.code).toBe(2);
        expect(judged.reasons.join("\n")).toMatch(words);
      },
    );

    test("all kinds mixed", async () => {
      const kinds = Object.values(FAULTS);
      const spoiled = entries.map((entry, index) =>
        index % 50 === 0 ? (kinds[(index / 50) % kinds.length]?.spoil(entry) ?? entry) : entry,
      );
      const judged = await gateOver("mixture", spoiled);
      expect(judged.code).toBe(2);
      const words = judged.reasons.join("\n");
      for (const kind of [
        "unreadable_json",
        "confidence NaN",
        "atr_value",
        'confidence "0.7"',
        "too_large",
        "forbidden_key",
        "number_overflow",
      ]) {
        expect(words).toContain(kind);
      }
    });

    test("hostile text is inert on the terminal, in Markdown and in JSON", async () => {
      const spoiled = entries.map((entry, index) => {
        const hostile = Object.values(HOSTILE);
        return index % 3 === 0
          ? withAnswers(entry, { action: hostile[index % 4], model: `${hostile[index % 4] ?? ""}_fallback` })
          : entry;
      });
      const journal = `${directory.path}/hostile.ndjson`;
      await writeEventLog(journal, spoiled);
      const args = ["quality-gate", "--mode", "canary", "--source", `file:${journal}`];
      const shown = await qsc(args, { cwd: directory.path });
      expect(shown.code).toBe(2);
      expect(shown.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      expect(shown.out).not.toMatch(/^PASS/m);
      const json = await qsc([...args, "--json"], { cwd: directory.path });
      expect(json.out).not.toMatch(/[<>]/);
      expect(json.out).toContain("\\u001b[2J");
      const report = /report {2}(\S+)/.exec(shown.out)?.[1] ?? "";
      const markdown = await readFile(`${directory.path}/${report}`, "utf8");
      expect(markdown).not.toContain("<img");
      expect(markdown).not.toContain("[evil](");
    });

    test("each entry written thirty times: the verdict of the 330, duplicates counted", async () => {
      const repeated = entries.flatMap((entry) => {
        const [ms = "", seq = "0"] = entry.id.split("-");
        return Array.from({ length: 30 }, (_, copy) => ({ ...entry, id: `${ms}-${Number(seq) * 30 + copy}` }));
      });
      const once = await gateOver("once", entries);
      const judged = await gateOver("repeated", repeated);
      expect(judged.counts).toEqual({ read: 9900, rejected: 0, duplicates: 9570, judged: 330 });
      expect([judged.code, judged.verdict, judged.models]).toEqual([
        0,
        once.verdict,
        withoutSamples(judged.models, once.models),
      ]);
    });

    test("an unreadable payload of a failing stream never makes it pass, one by one", async () => {
      const collapsed = entries.map((entry, index) => (index < 3 ? withAnswers(entry, { confidence: 1.5 }) : entry));
      expect((await gateOver("failing", collapsed)).code).toBe(2);
      const hidden = collapsed.map((entry, index) => (index < 3 ? withPayload(entry, () => "{") : entry));
      const judged = await gateOver("hidden", hidden);
      expect([judged.code, judged.verdict]).toEqual([2, "unknown"]);
      expect(judged.integrity.find(({ id }) => id === "rejected_events")?.status).toBe("pass");
    });
  });
});

/** The models as in `once`, with the sample IDs of the repeated stream. */
function withoutSamples(repeated: readonly object[], once: readonly object[]): unknown {
  const strip = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll(/"sample":"[^"]*"/g, '"sample":null'));
  expect(strip(repeated)).toEqual(strip(once));
  return repeated;
}
