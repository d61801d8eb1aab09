import { expect, test, vi } from "vitest";
import { openSource } from "../src/index.js";
import { openSink } from "../src/sink/index.js";
import { codedError } from "./support/collect.js";

vi.mock("@nats-io/transport-node", () => {
  throw Object.assign(new Error("Cannot find package '@nats-io/transport-node'"), { code: "ERR_MODULE_NOT_FOUND" });
});

test("without the client of NATS, its URLs say what to install", async () => {
  const error = await codedError(openSource("nats://127.0.0.1:1"));
  expect(error).toMatchObject({ code: "dependency_missing", exitCode: 1 });
  expect(error.message).toContain("run npm install @nats-io/transport-node@3.3 @nats-io/jetstream@3.3.");
  await using sink = await openSink("nats://127.0.0.1:1");
  expect((await codedError(sink.lastId())).code).toBe("dependency_missing");
});
