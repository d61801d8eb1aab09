import { expect, test } from "vitest";
import { notifier } from "../src/index.js";

test.each([{}, { NOTIFY_SOCKET: "" }])("where no systemd asks for it, nobody is told: %o", (env) => {
  expect(notifier(env)).toBeNull();
});

test("a systemd that does not listen is said once for each message, and nothing rejects", async () => {
  const said: string[] = [];
  const systemd = notifier({ NOTIFY_SOCKET: "/nowhere/notify" }, (sentence) => said.push(sentence));
  await Promise.all([systemd?.ready("begins"), systemd?.alive("goes on"), systemd?.stopping("ends")]);
  expect(said.map((sentence) => sentence.split(":", 1)[0])).toEqual(["systemd was not told READY=1", "systemd was not told WATCHDOG=1", "systemd was not told STOPPING=1"]);
});
