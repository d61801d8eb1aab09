import { describeRequiring, recordingOrSkip, requireRedis, type Entry } from "@qsc-tooling/testkit";
import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { document, qsc } from "./support/qsc.js";
import { recordedEntries, withAnswers, withPayload } from "./support/recorded.js";

const COMPOSED = "mod\u00e8le";
const DECOMPOSED = "mode\u0300le";
const GATE = ["quality-gate", "--mode", "canary"];

/** A model of this name in addition to the others. */
const named = (name: string) => (entry: Entry) =>
  withPayload(entry, (payload) => {
    payload.model_breakdown[name] = { ...payload.model_breakdown["xgboost"], model: name };
    return payload;
  });

describeRequiring(recordingOrSkip(), "text in a form that looks right but is not", (path) => {
  describeRequiring(requireRedis(), "in a log and in a real Redis", () => {
    const entries = recordedEntries(path);
    const sources = sourcePair();

    test.each([
      [
        "a name with a space",
        "Random Forest",
        "has a space in it: a model's name is a letter or digit, then at most 127 letters, digits or ._:/@+-; call it Random_Forest",
      ],
      [
        "a name that is not in NFC",
        DECOMPOSED,
        "is in another Unicode normal form than NFC, so that it looks like a different name: write it in NFC",
      ],
    ])("%s is rejected with what to do", async (_, name, words) => {
      for (const source of await sources.write(entries.map(named(name)))) {
        const shown = await qsc([...GATE, ...source], { cwd: sources.directory });
        expect(shown.code).toBe(2);
        expect(shown.out).toContain(`330 x invalid_model_name  the model name '${name}' ${words}`);
      }
    });

    test("a name that is in NFC is judged, and asked for in another form it is not the same", async () => {
      for (const source of await sources.write(entries.map(named(COMPOSED)))) {
        expect(await document([...GATE, ...source, "--model", COMPOSED], { cwd: sources.directory })).toMatchObject({
          code: 0,
          verdict: "pass",
        });
        const refused = await qsc([...GATE, ...source, "--model", DECOMPOSED], { cwd: sources.directory });
        expect(refused.code).toBe(2);
        expect(refused.err).toContain(`'${COMPOSED}' looks like it, in another Unicode normal form`);
      }
    });

    test("a label in another form than the policy's is named as such", async () => {
      const policy = `${sources.directory}/policy.yaml`;
      await writeFile(policy, 'labels: {trading: [BUY, SELL, "caf\\u00e9"], neutral: [HOLD]}\n');
      const spoiled = entries.map((entry, index) =>
        index % 50 === 0 ? withAnswers(entry, { action: "cafe\u0301" }) : entry,
      );
      for (const source of await sources.write(spoiled)) {
        const { code, reasons } = await document([...GATE, ...source, "--policy", policy], { cwd: sources.directory });
        expect(code).toBe(2);
        expect(reasons.join("\n")).toContain("label 'cafe\u0301' in another Unicode normal form than 'caf\u00e9'");
      }
    });

    test.each(["utf-16le", "utf-16le with its mark", "gzip"])(
      "a log in UTF-16 is refused with a message of its own: %s",
      async (form) => {
        const text = await readFile(path, "utf8");
        const bytes = Buffer.from(form === "utf-16le with its mark" ? `\ufeff${text}` : text, "utf16le");
        const log = `${sources.directory}/utf16-${form.length}.ndjson`;
        await writeFile(log, form === "gzip" ? gzipSync(bytes) : bytes);
        for (const command of [GATE, ["scoreboard"], ["diagnose"], ["feature-sanity"]]) {
          const { code, err } = await qsc([...command, "--source", `file:${log}`], { cwd: sources.directory });
          expect(code).toBe(2);
          expect(err).toMatch(
            /is UTF-16(?:LE)?, not UTF-8: write it as UTF-8, and save this one as UTF-8 \(iconv -f UTF-16(?:LE)? -t UTF-8\)\./,
          );
        }
      },
    );

    test("a log with the byte order mark of UTF-8 is judged as without it", async () => {
      const text = await readFile(path, "utf8");
      const judged = [];
      for (const head of ["", "\ufeff"]) {
        const log = `${sources.directory}/marked.ndjson`;
        await writeFile(log, `${head}${text}`);
        const { code, counts, models } = await document([...GATE, "--source", `file:${log}`], {
          cwd: sources.directory,
        });
        judged.push({ code, counts, models });
      }
      expect(judged[1]).toEqual(judged[0]);
      expect(judged[0]).toMatchObject({ code: 0, counts: { read: 330, rejected: 0 } });
    });
  });
});
