import { hostileRequests, healthyPredictions, repositoryRoot, sendRaw } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServing, type RunningServer } from "../support/serving.js";

const SEED = 20261201;
const COUNT = 1100;
const AT_A_TIME = 8;

let server: RunningServer;
let port: number;
beforeAll(async () => {
  const source = `file:${repositoryRoot}/demo/healthy.ndjson.gz`;
  server = await startServing(["judge-server", "--judge-listen", "127.0.0.1:0", "--source", source]);
  port = Number(new URL(server.url).port);
});
afterAll(() => server.stop());

async function judged(): Promise<{ readonly status: number; readonly verdict: string | null }> {
  const { status, headers } = await fetch(`${server.url}v1/judgements`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(healthyPredictions(1)),
  });
  return { status, verdict: headers.get("qsc-verdict") };
}

/** What the judge says of itself. */
async function measured(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}metrics`)).text();
  const values = text.split("\n").filter((line) => line.startsWith(name));
  return values.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

test(`${COUNT} hostile requests: no pass, no crash, and no connection or slot that stays taken`, async () => {
  expect(await judged()).toEqual({ status: 200, verdict: "pass" });
  const passes: string[] = [];
  const waiting = hostileRequests(SEED, COUNT, "/v1/judgements").values();
  const client = async (): Promise<void> => {
    for (const request of waiting) {
      const answered = await sendRaw(port, { ...request, bytes: named(request.bytes) });
      if (/^HTTP\/1\.1 2|"verdict": ?"pass"|"pass": ?true/m.test(answered)) passes.push(`${request.what}: ${answered}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, client));
  expect(passes).toEqual([]);
  expect(server.child.exitCode).toBeNull();
  await expect.poll(() => measured("qsc_judge_under_way"), { timeout: 60_000 }).toBe(0);
  // Those of the client that asks, and the one that listens.
  await expect
    .poll(() => measured('nodejs_active_resources{type="TCPSocketWrap"}'), { timeout: 60_000 })
    .toBeLessThanOrEqual(2);
  expect(await judged()).toEqual({ status: 200, verdict: "pass" });
  expect(server.said()).not.toContain("A request failed");
});

/** The request with the judge's own name, which one without tokens wants to hear. */
function named(bytes: Buffer): Buffer {
  const at = bytes.indexOf("host: 127.0.0.1\r\n");
  if (at === -1) return bytes;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(`host: 127.0.0.1:${port}`), bytes.subarray(at + 15)]);
}
