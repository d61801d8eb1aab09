import { expect, test } from "vitest";
import { notifier } from "../src/index.js";

test.each([{}, { NOTIFY_SOCKET: "" }])("does nothing when no systemd asks for it: %o", (env) => {
  expect(notifier(env)).toBeNull();
});

test("reports a systemd that does not listen once per message, and never rejects", async () => {
  const said: string[] = [];
  const systemd = notifier({ NOTIFY_SOCKET: "/nowhere/notify" }, (sentence) => said.push(sentence));
  await Promise.all([systemd?.ready("begins"), systemd?.alive("goes on"), systemd?.stopping("ends")]);
  expect(said.map((sentence) => sentence.split(":", 1)[0])).toEqual([
    "systemd was not told READY=1",
    "systemd was not told WATCHDOG=1",
    "systemd was not told STOPPING=1",
  ]);
});
