import { describeRequiring, requireCommands, startReceiver, type Arrival } from "@qsc-tooling/testkit";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { noticeOf } from "../../src/notice/compose.js";
import { startAlertmanager } from "../support/alertmanager.js";
import { Chain, DETAILS, HOST, UNIT } from "../support/audit.js";
import { describeChannel, HOSTILE, type Place } from "../support/conformance.js";
import { readMail, startMailServer } from "../support/mail-server.js";
import { WEBHOOK_SECRET } from "../support/running.js";

const never = new AbortController().signal;

/** A receiver of JSON over HTTP, which refuses what `check` throws for. */
async function jsonPlace(
  section: (url: string) => Readonly<Record<string, unknown>>,
  check: (arrival: Arrival) => void,
  keyOf: (body: never, arrival: Arrival) => unknown,
): Promise<Place> {
  const receiver = await startReceiver();
  receiver.reply = (arrival) => {
    try {
      check(arrival);
      return { status: 202 };
    } catch (thrown) {
      return { status: 400, body: String(thrown) };
    }
  };
  return {
    section: section(receiver.url),
    messages: async () => receiver.arrivals.map(({ body }) => JSON.stringify(JSON.parse(body), null, 1)),
    keys: async () =>
      receiver.arrivals
        .map((arrival) => keyOf(JSON.parse(arrival.body) as never, arrival))
        .filter((key) => typeof key === "string"),
    [Symbol.asyncDispose]: () => receiver.close(),
  };
}

const webhook = (url: string) => ({ kind: "webhook", url, secret: "env:HOOK" });
describeChannel(
  {
    kind: "webhook",
    env: { HOOK: WEBHOOK_SECRET },
    isHttp: true,
    at: (port) => webhook(`http://127.0.0.1:${port}/hook`),
    start: () =>
      jsonPlace(
        webhook,
        ({ body, headers }) => new Webhook(WEBHOOK_SECRET).verify(body, headers as Record<string, string>),
        (body: { data: { key: string } }, { headers }) =>
          headers["webhook-id"] === body.data.key ? body.data.key : null,
      ),
  },
  () => undefined,
);

const slack = { kind: "slack", url: "env:SLACK" };
const slackEnv: Record<string, string> = {};

interface SlackBlock {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly elements?: readonly { readonly type: string; readonly text: string }[];
}

/** The limits that Slack documents for incoming webhooks and Block Kit. */
function requireSlack({ body }: Arrival): void {
  const { text, blocks } = JSON.parse(body) as { text: string; blocks: readonly SlackBlock[] };
  expect(text).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
  expect(blocks.length).toBeLessThanOrEqual(50);
  for (const block of blocks) {
    const texts = block.type === "context" ? (block.elements ?? []) : [block.text];
    expect(texts.length).toBeLessThanOrEqual(10);
    for (const part of texts) {
      expect(part?.type).toBe("plain_text");
      expect(part?.text.length).toBeGreaterThan(0);
      expect(part?.text.length).toBeLessThanOrEqual(block.type === "header" ? 150 : 3_000);
    }
  }
}

describeChannel(
  {
    kind: "slack",
    env: slackEnv,
    isHttp: true,
    at: (port) => {
      slackEnv["SLACK"] = `http://127.0.0.1:${port}/services/T0000000/B0000000/s3cr3tw0rd`;
      return slack;
    },
    start: () =>
      jsonPlace(
        (url) => {
          slackEnv["REAL"] = `${url}/services/T1/B1/other`;
          return { kind: "slack", url: "env:REAL" };
        },
        requireSlack,
        (_body, { body }) => /Key: ([\da-f]{64})/.exec(body)?.[1],
      ),
  },
  () => undefined,
);

const pagerduty = (url: string) => ({ kind: "pagerduty", url, routingKey: "env:KEY" });
const ROUTING = "R0UTINGKEY0123456789abcdef012345";

interface PagerDutyEvent {
  readonly routing_key: string;
  readonly event_action: string;
  readonly dedup_key: string;
  readonly payload?: {
    readonly summary: string;
    readonly severity: string;
    readonly source: string;
    readonly custom_details: { readonly Key: string };
  };
}

/** What PagerDuty's Events API v2 documents as required, and its limits. */
function requirePagerDuty({ body }: Arrival): void {
  const event = JSON.parse(body) as PagerDutyEvent;
  expect(event.routing_key).toBe(ROUTING);
  expect(["trigger", "resolve"]).toContain(event.event_action);
  expect(event.dedup_key.length).toBeLessThanOrEqual(255);
  if (event.event_action === "resolve") return;
  expect(["critical", "error", "warning", "info"]).toContain(event.payload?.severity);
  expect(event.payload?.source).not.toBe("");
  expect(event.payload?.summary.length).toBeLessThanOrEqual(1024);
}

describeChannel(
  {
    kind: "pagerduty",
    env: { KEY: ROUTING },
    isHttp: true,
    at: (port) => pagerduty(`http://127.0.0.1:${port}/v2/enqueue`),
    start: () => jsonPlace(pagerduty, requirePagerDuty, (body: PagerDutyEvent) => body.payload?.custom_details.Key),
  },
  (place, channel) => {
    test("a rollback that failed is triggered, and the rollback that succeeds resolves the same incident", async () => {
      const chain = new Chain();
      const about = { model: "xgb", report: null };
      await channel().send(noticeOf(chain.next("rollback_failed", DETAILS.rollback_failed), about), never);
      await channel().send(noticeOf(chain.next("rollback", DETAILS.rollback), about), never);
      const events = (await place().messages()).slice(-4).map((text) => JSON.parse(text) as PagerDutyEvent);
      const key = `qsc/${HOST}/${UNIT}/rollback_failed`;
      expect(events.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
        ["trigger", key],
        ["resolve", key],
        ["resolve", `qsc/${HOST}/${UNIT}/eligible`],
        ["trigger", `qsc/${HOST}/${UNIT}/rolled_back`],
      ]);
    });
  },
);

describeRequiring(requireCommands("prometheus-alertmanager"), "the distribution's Alertmanager", (command) => {
  describeChannel(
    {
      kind: "alertmanager",
      env: {},
      isHttp: true,
      at: (port) => ({ kind: "alertmanager", url: `http://127.0.0.1:${port}` }),
      start: async () => {
        const server = await startAlertmanager(command);
        const texts: string[] = [];
        return {
          section: { kind: "alertmanager", url: server.url },
          messages: async () => {
            texts.push(JSON.stringify(await server.alerts(), null, 1));
            return texts;
          },
          keys: async () => (await server.alerts()).flatMap(({ annotations }) => annotations["key"] ?? []),
          [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
        };
      },
    },
    (place, channel) => {
      test("a failed rollback fires; the rollback that succeeds resolves it, and the next canary resolves that one", async () => {
        const chain = new Chain();
        const about = { model: "xgb", report: null };
        const active = async (): Promise<readonly string[]> => {
          const shown = JSON.parse((await place().messages()).at(-1) ?? "[]") as { labels: { alertname: string } }[];
          return shown
            .map(({ labels }) => labels.alertname)
            .filter((name) => name !== "QscTest")
            .sort();
        };
        await channel().send(noticeOf(chain.next("activate", DETAILS.activate), about), never);
        expect(await active()).toEqual([]);
        await channel().send(noticeOf(chain.next("rollback_failed", DETAILS.rollback_failed), about), never);
        expect(await active()).toEqual(["QscRollbackFailed"]);
        await channel().send(noticeOf(chain.next("rollback", DETAILS.rollback), about), never);
        expect(await active()).toEqual(["QscCanaryRolledBack"]);
        await channel().send(noticeOf(chain.next("activate", DETAILS.activate), about), never);
        expect(await active()).toEqual([]);
      });
    },
  );
});

describeRequiring(requireCommands("aiosmtpd"), "the distribution's aiosmtpd", (command) => {
  const mail = { kind: "smtp", from: "qsc@trader-1.example", to: "oncall@example.com" };
  describeChannel(
    {
      kind: "smtp",
      env: {},
      isHttp: false,
      at: (port) => ({ ...mail, server: `smtp://127.0.0.1:${port}` }),
      start: async () => {
        const server = await startMailServer(command);
        const all = async () => (await server.mails()).map(readMail);
        return {
          section: { ...mail, server: server.url },
          messages: async () => (await all()).flatMap(({ header, text, html }) => [header, text, html]),
          keys: async () =>
            (await all()).flatMap(({ header }) => /^Message-ID:\s+<([\da-f]{64})@/im.exec(header)?.[1] ?? []),
          [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
        };
      },
    },
    (place, channel) => {
      test("a mail has one subject, text and HTML with the same words, and no markup of a name", async () => {
        const notice = noticeOf(new Chain().next("rollback", { reason: `${HOSTILE} once` }), {
          model: HOSTILE,
          report: null,
        });
        await channel().send(notice, never);
        const parts = await place().messages();
        const at = parts.findIndex((part) => part.includes(`X-Qsc-Key: ${notice.key}`));
        const [header = "", text = "", html = ""] = parts.slice(at, at + 3);
        expect(header.match(/^Subject:/gm)).toHaveLength(1);
        expect(header).toMatch(/^To: oncall@example.com$/m);
        expect(text).toContain("<script>");
        expect(html).toContain("&lt;script&gt;");
        expect(html).not.toContain("<script");
      });
    },
  );
});
