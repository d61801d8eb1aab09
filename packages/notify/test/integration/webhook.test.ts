import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startReceiver, temporaryDirectory } from "@qsc-tooling/testkit";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { append, Chain, DETAILS } from "../support/audit.js";
import { placeIn, startNotifier, WEBHOOK_SECRET } from "../support/running.js";

test("a line of the audit log becomes a webhook that the receiver can verify, and the cursor moves on", async () => {
  await using directory = await temporaryDirectory();
  await using receiver = await startReceiver();
  const section = { channels: { hook: { kind: "webhook", url: `${receiver.url}/qsc`, secret: "env:HOOK" } } };
  const place = placeIn(directory.path, section);
  const chain = new Chain();
  await append(place.audit, chain.next("activate", DETAILS.activate));
  await using running = await startNotifier(place);
  const rollback = chain.next("rollback", DETAILS.rollback);
  await append(place.audit, rollback);
  const [arrival] = await receiver.count(1);
  const headers = arrival!.headers as Record<string, string>;
  expect(new Webhook(WEBHOOK_SECRET).verify(arrival!.body, headers)).toMatchObject({
    type: "qsc.rollback",
    timestamp: rollback.at,
    data: { key: rollback.hash, severity: "warning", model: "xgb", why: DETAILS.rollback["reason"], auditEntry: 2 },
  });
  expect(headers["webhook-id"]).toBe(rollback.hash);
  await running.stop();
  const cursor = JSON.parse(await readFile(join(directory.path, "data/notify/hook.cursor.json"), "utf8"));
  expect(cursor.position.last).toEqual({ number: 2, hash: rollback.hash });
  expect(running.trouble).toEqual([]);
});

test("a channel that is new begins at the end of the log: no one is told of what is long over", async () => {
  await using directory = await temporaryDirectory();
  await using receiver = await startReceiver();
  const section = { channels: { hook: { kind: "webhook", url: receiver.url, secret: "env:HOOK" } } };
  const place = placeIn(directory.path, section);
  const chain = new Chain();
  await append(place.audit, chain.next("activate", DETAILS.activate), chain.next("rollback", DETAILS.rollback));
  await using running = await startNotifier(place);
  const later = chain.next("activate", DETAILS.activate);
  await append(place.audit, later);
  const [first] = await receiver.count(1);
  expect(first!.headers["webhook-id"]).toBe(later.hash);
  await running.stop();
});

test("messages that were logged while no notifier ran are sent by the next one, in order", async () => {
  await using directory = await temporaryDirectory();
  await using receiver = await startReceiver();
  const section = { channels: { hook: { kind: "webhook", url: receiver.url, secret: "env:HOOK" } } };
  const place = placeIn(directory.path, section);
  await (await startNotifier(place)).stop();
  const chain = new Chain();
  const entries = [
    chain.next("activate", DETAILS.activate),
    chain.next("eligible", DETAILS.eligible),
    chain.next("rollback", DETAILS.rollback),
  ];
  await append(place.audit, ...entries);
  await using running = await startNotifier(place);
  const arrivals = await receiver.count(3);
  expect(arrivals.map(({ headers }) => headers["webhook-id"])).toEqual(entries.map(({ hash }) => hash));
  await running.stop();
});
