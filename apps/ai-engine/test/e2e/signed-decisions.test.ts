import { generateKeyPairSync } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { describeRequiring, requireRedis, startRedis, temporaryDirectory } from "@qsc-tooling/testkit";
import { MAX_ID, MIN_ID } from "@qsc/contract";
import { openSource } from "@qsc/stream-reader";
import { expect, test } from "vitest";
import { PATIENCE, startEngine } from "./support/engine.js";

describeRequiring(requireRedis(), "an engine with a signing key", () => {
  test(
    "signs each decision, in a stream and in a log, so that its public key verifies it",
    async () => {
      await using directory = await temporaryDirectory();
      await using redis = await startRedis();
      const [key, publicKey] = [`${directory.path}/engine.pem`, `${directory.path}/engine.pub.pem`];
      const pair = generateKeyPairSync("ed25519");
      await writeFile(key, pair.privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
      await writeFile(publicKey, pair.publicKey.export({ type: "spki", format: "pem" }), { mode: 0o644 });
      for (const sink of [redis.url, `file:${directory.path}/intents.ndjson`]) {
        await using engine = startEngine({
          FEATURE_SOURCE: "synthetic:?rows=200",
          INTENT_SINK: sink,
          INTENT_SIGNING_KEY: key,
        });
        expect(await engine.exited).toBe(0);
        await using source = await openSource(sink, { verifyKeys: [publicKey] });
        const kinds: string[] = [];
        for await (const page of source.pages({ from: MIN_ID, to: MAX_ID }))
          kinds.push(...page.map((item) => (item.kind === "rejected" ? item.reason : item.kind)));
        expect(kinds.length).toBeGreaterThan(100);
        expect(new Set(kinds)).toEqual(new Set(["entry"]));
      }
    },
    PATIENCE.timeout,
  );

  test("does not start if others can read the key", async () => {
    await using directory = await temporaryDirectory();
    const key = `${directory.path}/engine.pem`;
    await writeFile(key, generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }));
    await chmod(key, 0o644);
    await using engine = startEngine({
      FEATURE_SOURCE: "synthetic:?rows=200",
      INTENT_SINK: `file:${directory.path}/intents.ndjson`,
      INTENT_SIGNING_KEY: key,
    });
    expect(await engine.exited).toBe(1);
    expect(engine.stderr + engine.lines.join("\n")).toContain("is open to others (mode 0644)");
  });
});
