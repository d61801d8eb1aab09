import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { startReceiver } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHANNEL_KINDS, DeliveryError, parseNotifySettings, type Channel, type Notice } from "../../src/index.js";
import { channelOf } from "../../src/channels/open.js";
import { noticeOf, testNotice } from "../../src/notice/compose.js";
import { attempt } from "../../src/outbox/send-in-order.js";
import { Chain, DETAILS, HOST, UNIT } from "./audit.js";

/** Where the messages of a channel arrive in a test. */
export interface Place extends AsyncDisposable {
  /** The settings of a channel that sends there. */
  readonly section: Readonly<Record<string, unknown>>;
  /** Everything that arrived so far, each message as one text, decoded as its reader would. */
  messages(): Promise<readonly string[]>;
  /** The idempotency keys of what arrived, in whichever place the platform has for them. */
  keys(): Promise<readonly string[]>;
}

export interface ChannelUnderTest {
  readonly kind: string;
  readonly env: Readonly<Record<string, string>>;
  /** The real other side, or one that checks what the real one documents. */
  readonly start: () => Promise<Place>;
  /** The settings of a channel whose server is at this address of this host. */
  readonly at: (port: number) => Readonly<Record<string, unknown>>;
  /** Whether it speaks HTTP. */
  readonly isHttp: boolean;
}

export const HOSTILE =
  "x\r\nBcc: all@example.com\r\n\r\n<!channel> <@U1> *b* `c` <script>alert(1)</script> \u202e {{ .Labels }}";

/** What every channel promises. */
export function describeChannel(
  under: ChannelUnderTest,
  ownTests: (place: () => Place, channel: () => Channel) => void,
): void {
  const open = (section: Readonly<Record<string, unknown>>): Channel => {
    const [settings] = parseNotifySettings({ channels: { one: section } }).channels;
    return channelOf(settings!, { env: under.env });
  };
  const rollback = (details: Readonly<Record<string, unknown>> = DETAILS.rollback, model = "xgb"): Notice =>
    noticeOf(new Chain().next("rollback", details), { model, report: "/var/lib/qsc/reports/safety/rollback_1.html" });
  const never = new AbortController().signal;

  describe(`channel ${under.kind}`, () => {
    let place: Place;
    let channel: Channel;
    beforeAll(async () => {
      place = await under.start();
      channel = open(place.section);
    });
    afterAll(() => place[Symbol.asyncDispose]());

    test("says what the other side answered, and what arrives has the key, the model, the host, why and what next", async () => {
      const notice = rollback();
      expect((await channel.send(notice, never)).said).not.toBe("");
      const text = (await place.messages()).join("\n");
      for (const word of ["xgb", HOST, UNIT, "action_bias", "rolled back", "qsc diagnose", "rollback_1.html"])
        expect(text).toContain(word);
      expect(await place.keys()).toContain(notice.key);
    });

    test("a message that is sent again has the key that it had", async () => {
      const notice = rollback({ reason: "again" });
      await channel.send(notice, never);
      await channel.send(notice, never);
      const keys = (await place.keys()).filter((key) => key === notice.key);
      expect(keys.length).toBeGreaterThanOrEqual(1);
      expect(new Set(await place.keys())).toContain(notice.key);
    });

    test("a test is marked as one", async () => {
      const notice = testNotice({ at: new Date().toISOString(), unit: UNIT, host: HOST, id: "1" });
      await channel.send(notice, never);
      expect((await place.messages()).some((text) => text.includes("TEST: this is only a test"))).toBe(true);
      expect(await place.keys()).toContain(notice.key);
    });

    test("a hostile model name and reason arrive as one line of inert text", async () => {
      const notice = rollback({ reason: HOSTILE }, HOSTILE);
      await channel.send(notice, never);
      const text = (await place.messages()).join("\n");
      expect(text).not.toContain("\u202e");
      expect(text).not.toMatch(/^Bcc:/m);
      expect(await place.keys()).toContain(notice.key);
    });

    test("a refused connection is a failure that says so", async () => {
      const port = await closedPort();
      await expect(open(under.at(port)).send(rollback(), never)).rejects.toThrow(DeliveryError);
    });

    test("one that never answers is given up when it is told to", async () => {
      await using server = await silentServer();
      const end = new AbortController();
      const sent = attempt(open(under.at(server.port)), rollback(), end.signal);
      await server.connected;
      end.abort();
      expect(await sent).toBeInstanceOf(DeliveryError);
    });

    test("its kind has a row, and each of its options says what it is", () => {
      const kind = CHANNEL_KINDS[under.kind];
      expect(kind?.about).not.toBe("");
      for (const { about } of Object.values(kind?.options ?? {})) expect(about.length).toBeGreaterThan(5);
    });

    if (under.isHttp) describeHttp(under, open, rollback);
    ownTests(
      () => place,
      () => channel,
    );
  });
}

function describeHttp(
  under: ChannelUnderTest,
  open: (section: Readonly<Record<string, unknown>>) => Channel,
  rollback: () => Notice,
): void {
  const never = new AbortController().signal;
  const answering = async (reply: Parameters<typeof startReceiver>[0] extends never ? never : object) => {
    const receiver = await startReceiver();
    Object.assign(receiver, { reply: () => reply });
    return receiver;
  };
  const portOf = (url: string): number => Number(new URL(url).port);

  test.each([400, 401, 404, 429, 500, 503])("HTTP %i is a failure that names the status", async (status) => {
    await using receiver = await answering({ status, body: "no\n\u001b[31mred" });
    const sent = open(under.at(portOf(receiver.url))).send(rollback(), never);
    await expect(sent).rejects.toThrow(`HTTP ${status}: no \\u{1b}[31mred`);
  });

  test("a redirect is not followed", async () => {
    await using elsewhere = await startReceiver();
    await using receiver = await answering({ status: 307, headers: { location: elsewhere.url } });
    await expect(open(under.at(portOf(receiver.url))).send(rollback(), never)).rejects.toThrow("redirects elsewhere");
    expect(elsewhere.arrivals).toEqual([]);
  });

  test("how long the other side asks to wait is kept", async () => {
    await using receiver = await answering({ status: 429, headers: { "retry-after": "17" } });
    const failure = await open(under.at(portOf(receiver.url)))
      .send(rollback(), never)
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ retryAfterMs: 17_000 });
  });

  test("an answer that repeats the secrets does not bring them into a message of ours", async () => {
    const secrets = Object.values(under.env);
    await using receiver = await startReceiver();
    receiver.reply = ({ path, body, headers }) => ({
      status: 500,
      body: `${secrets.join(" ")} ${path} ${body.slice(0, 40)} ${headers.authorization ?? ""}`,
    });
    const failure = await open(under.at(portOf(receiver.url)))
      .send(rollback(), never)
      .catch((thrown: unknown) => String(thrown));
    for (const secret of secrets) expect(failure).not.toContain(secret);
  });

  test("an endless answer is cut off", async () => {
    await using receiver = await answering({ status: 200, body: "x".repeat(1_000_000) });
    expect((await open(under.at(portOf(receiver.url))).send(rollback(), never)).said.length).toBeLessThan(400);
  });
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Accepts a connection, and never says anything. */
async function silentServer(): Promise<AsyncDisposable & { readonly port: number; readonly connected: Promise<void> }> {
  const sockets: Socket[] = [];
  let arrive = (): void => undefined;
  const connected = new Promise<void>((resolve) => (arrive = resolve));
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    arrive();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connected,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
