import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { channelOf } from "../../src/channels/open.js";
import { testNotice } from "../../src/notice/compose.js";
import { attempt } from "../../src/outbox/send-in-order.js";
import { parseNotifySettings } from "../../src/settings/parse.js";

const KEY = "R0UTINGKEY0123456789abcdef012345";
const NOTICE = testNotice({ at: "2026-11-30T12:00:00.000Z", unit: "engine.service", host: "h", id: "1" });

/** What an attempt says of a receiver that answers so. */
async function saidOf(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const section = { channels: { one: { kind: "pagerduty", routingKey: "env:KEY", url } } };
    const [settings] = parseNotifySettings(section).channels;
    const outcome = await attempt(channelOf(settings!, { env: { KEY } }), NOTICE, new AbortController().signal);
    return outcome instanceof Error ? `refused: ${outcome.message}` : `accepted: ${outcome.said}`;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("no part of a secret is shown, wherever an answer that repeats it is cut", async () => {
  for (let before = 100; before <= 320; before += 9) {
    const said = await saidOf((_request, response) => {
      response.writeHead(400).end(`${"x".repeat(before)}${KEY}`);
    });
    expect(said).toMatch(/^refused: HTTP 400: x+/);
    expect(said).not.toContain(KEY.slice(0, 5));
  }
});

test("a long answer that holds little but a secret ends without a part of it", async () => {
  const said = await saidOf((_request, response) => {
    response.writeHead(400).end(KEY.repeat(200));
  });
  expect(said).not.toContain(KEY.slice(0, 5));
});

test("an answer whose end never comes has been given: its status counts, and the message is not sent again", async () => {
  const said = await saidOf((_request, response) => {
    response.writeHead(202).write("taken");
  });
  expect(said).toMatch(/^accepted: HTTP 202: taken/);
});
