import { describe, expect, test } from "vitest";
import { credentialsOf, parseNotifySettings } from "../../src/settings/parse.js";

const HOOK = { kind: "webhook", url: "https://hooks.example.com/qsc", secret: "file:/etc/qsc/hook" };
const MAIL = { kind: "smtp", server: "smtps://mail.example.com", from: "a@example.com", to: "b@example.com" };
const channels = (one: object): object => ({ channels: { one } });

describe("the section notify", () => {
  test("names channels, what each is told of, and where its secrets are", () => {
    const { channels, heartbeat, reports } = parseNotifySettings({
      channels: {
        hook: HOOK,
        pager: { kind: "pagerduty", routingKey: "credential:pagerduty", atLeast: "critical" },
        chat: { kind: "slack", url: "env:SLACK_URL", events: ["rollback", "rollback_failed"] },
      },
      heartbeat: { url: "https://hc.example.com/x", every: "30s" },
      reports: "https://console.example.com/reports",
    });
    expect(channels.map(({ name, events }) => [name, [...events]])).toEqual([
      ["hook", expect.arrayContaining(["deploy", "activate", "rollback", "channel_failing"])],
      // Told of the end of what it is told of.
      ["pager", ["activate", "rollback", "rollback_failed"]],
      ["chat", ["rollback", "rollback_failed"]],
    ]);
    expect(heartbeat).toEqual({ url: "https://hc.example.com/x", everyMs: 30_000, allowHttp: false });
    expect(reports).toBe("https://console.example.com/reports");
  });

  test("its credentials are named once each", () => {
    const pager = { kind: "pagerduty", routingKey: "credential:b" };
    const settings = {
      channels: { hook: { ...HOOK, secret: "credential:a" }, one: pager, two: pager },
      heartbeat: { url: "credential:c" },
    };
    expect(credentialsOf(parseNotifySettings(settings))).toEqual(["a", "b", "c"]);
  });

  test.each<readonly [unknown, RegExp]>([
    [null, /notify is null\. Write keys/],
    [[], /notify is a list of 0/],
    [{}, /notify\.channels names no channel/],
    [{ chanels: {} }, /unknown key 'chanels'\. Known keys are channels, heartbeat, reports/],
    [{ channels: { "../x": HOOK } }, /'?notify\.channels\.\.\.\/x has a name/],
    [{ channels: { One: HOOK } }, /lower-case/],
    [channels({ ...HOOK, kind: "fax" }), /kind is "fax"\. Write one of webhook, slack/],
    [channels({ ...HOOK, kind: "toString" }), /kind is "toString"/],
    [channels({ kind: "webhook", url: HOOK.url }), /needs secret: The key of the signature/],
    [channels({ ...HOOK, sceret: "x" }), /unknown key 'sceret'\. Known keys are url, secret, allowHttp, kind/],
    [channels({ ...HOOK, allowHttp: "yes" }), /allowHttp is "yes"\. Write true or false/],
    [channels({ ...HOOK, atLeast: "fatal" }), /atLeast is "fatal"\. Write one of info, warning, critical/],
    [channels({ ...HOOK, events: [] }), /events is a list of 0/],
    [channels({ ...HOOK, events: ["rolback"] }), /events is "rolback"\. Write one of deploy/],
    [channels({ ...HOOK, events: ["deploy"], atLeast: "critical" }), /told of no event/],
    [channels({ kind: "alertmanager", url: "http://127.0.0.1:9093", events: ["deploy"] }), /neither begins nor ends/],
    [channels({ ...HOOK, url: "http://169.254.169.254/" }), /metadata/],
    [channels({ ...MAIL, server: "mail.example.com" }), /channels\.one\.server: 'mail\.example\.com' is not a URL/],
    [channels({ ...MAIL, server: "http://mail.example.com" }), /server: .* has another scheme\. Write smtps/],
    [channels({ ...MAIL, server: "smtps://169.254.169.254" }), /server: .*metadata/],
    [channels({ ...MAIL, user: "qsc" }), /one has a user without a password\. Write both, or neither/],
    [channels({ ...MAIL, password: "env:PASSWORD" }), /one has a password without a user\. Write both, or neither/],
    [channels({ ...HOOK, url: 7 }), /url is 7\. Write a text/],
    [channels({ ...HOOK, url: "https://a\r\nb" }), /url is .*Write a text of one line/],
    [{ channels: { one: HOOK }, heartbeat: { url: "https://x.example", every: "10ms" } }, /at least 1s/],
    [{ channels: { one: HOOK }, heartbeat: { every: "10s" } }, /heartbeat\.url is undefined/],
  ])("%j is refused, naming the key and what to do", (section, why) => {
    expect(() => parseNotifySettings(section)).toThrow(why);
  });

  test("a secret that was written itself is refused without repeating it", () => {
    for (const secret of [
      "whsec_geheimgeheimgeheim",
      "file:geheim",
      "env:ge heim",
      "credential:../geheim",
      { geheim: 1 },
    ])
      expect(() => parseNotifySettings(channels({ ...HOOK, secret }))).toThrow(
        expect.objectContaining({ code: "invalid_config", message: expect.not.stringMatching(/geheim/) as unknown }),
      );
  });
});
