import { inertText, parseDuration, QscError, showValue } from "@qsc/contract";
import { CHANNEL_KINDS } from "../channels/table.js";
import type { ChannelKind } from "../channels/channel.js";
import { targetOf } from "../http/target.js";
import { EVENT_NAMES, type NoticeEvent } from "../notice/events.js";
import { SEVERITIES, type Severity } from "../notice/notice.js";
import { eventsFor } from "./filter.js";
import { optionsIn } from "./options.js";
import { credentialOf, isReference } from "./secrets.js";

/** A channel as the settings describe it. Its secrets are references. */
export interface ChannelSettings {
  readonly name: string;
  readonly kind: string;
  readonly events: ReadonlySet<NoticeEvent>;
  readonly options: Readonly<Record<string, string | boolean>>;
}

/** The section `notify` of a config file. */
export interface NotifySettings {
  readonly channels: readonly ChannelSettings[];
  /** Pinged while a canary is live and watched; null: nothing is. */
  readonly heartbeat: { readonly url: string; readonly everyMs: number; readonly allowHttp: boolean } | null;
  /** Where the directory of the reports can be opened, such as `https://console.example/reports`; null: by its path. */
  readonly reports: string | null;
}

/** A name that is also a file name, a label and a word on the command line. */
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const HEARTBEAT_MS = 60_000;
const LEAST_HEARTBEAT_MS = 1_000;

/**
 * Reads the section `notify` of a config file. No secret is read, and nothing is connected to.
 * @throws QscError `invalid_config`, naming the key and what to do; `address_refused`
 */
export function parseNotifySettings(section: unknown): NotifySettings {
  const { channels, heartbeat, reports } = mapOf(section, "notify", ["channels", "heartbeat", "reports"]);
  const found = Object.entries(mapOf(channels ?? {}, "notify.channels", null)).map(([name, given]) =>
    channelOf(name, given),
  );
  if (found.length === 0)
    throw invalid("notify.channels", "names no channel. Add one, such as ops: {kind: webhook, ...}");
  if (reports !== undefined)
    targetOf({ name: "notify.reports", value: textOf(reports, "notify.reports"), isSecret: false, allowHttp: true });
  return {
    channels: found,
    heartbeat: heartbeat === undefined ? null : heartbeatOf(heartbeat),
    reports: reports === undefined ? null : textOf(reports, "notify.reports"),
  };
}

function channelOf(channel: string, given: unknown): ChannelSettings {
  const name = `notify.channels.${inertText(channel)}`;
  if (!NAME.test(channel))
    throw invalid(name, "has a name that is not lower-case letters, digits and hyphens, up to 40");
  const { kind, atLeast, events, ...options } = mapOf(given, name, null);
  const row = typeof kind === "string" && Object.hasOwn(CHANNEL_KINDS, kind) ? CHANNEL_KINDS[kind] : undefined;
  if (row === undefined || typeof kind !== "string")
    throw invalid(`${name}.kind`, `is ${showValue(kind)}. Write one of ${Object.keys(CHANNEL_KINDS).join(", ")}`);
  const checked = optionsOf(name, options, row);
  row.check?.(optionsIn(channel, checked));
  return {
    name: channel,
    kind,
    options: checked,
    events: eventsFor({
      name,
      atLeast: atLeast === undefined ? null : wordOf<Severity>(atLeast, `${name}.atLeast`, SEVERITIES),
      events: events === undefined ? null : listOf(events, `${name}.events`),
      keepsIncidents: row.keepsIncidents,
    }),
  };
}

function optionsOf(
  name: string,
  given: Readonly<Record<string, unknown>>,
  { options }: ChannelKind,
): ChannelSettings["options"] {
  const known = [...Object.keys(options), "kind", "atLeast", "events"];
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(options, key));
  if (unknown !== undefined)
    throw invalid(name, `has the unknown key '${inertText(unknown)}'. Known keys are ${known.join(", ")}`);
  const missing = Object.entries(options).find(([key, { isNeeded }]) => isNeeded && given[key] === undefined);
  if (missing !== undefined) throw invalid(name, `needs ${missing[0]}: ${missing[1].about}`);
  const allowHttp = given["allowHttp"] === true;
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      valueOf(value, `${name}.${key}`, options[key]?.holds ?? "text", allowHttp),
    ]),
  );
}

function valueOf(value: unknown, name: string, holds: string, allowHttp: boolean): string | boolean {
  if (holds === "flag") {
    if (typeof value === "boolean") return value;
    throw invalid(name, `is ${showValue(value)}. Write true or false`);
  }
  if (holds.startsWith("secret")) {
    if (typeof value === "string" && isReference(value)) return value;
    throw invalid(name, "must say where the secret is, not what it is. Write file:/PATH, env:NAME or credential:NAME");
  }
  const text = textOf(value, name);
  if (holds === "url") targetOf({ name, value: text, isSecret: false, allowHttp });
  return text;
}

function heartbeatOf(given: unknown): NotifySettings["heartbeat"] {
  const name = "notify.heartbeat";
  const { url, every, allowHttp = false } = mapOf(given, name, ["url", "every", "allowHttp"]);
  if (typeof allowHttp !== "boolean")
    throw invalid(`${name}.allowHttp`, `is ${showValue(allowHttp)}. Write true or false`);
  const address = textOf(url, `${name}.url`);
  if (!isReference(address)) targetOf({ name: `${name}.url`, value: address, isSecret: false, allowHttp });
  const everyMs = every === undefined ? HEARTBEAT_MS : parseDuration(textOf(every, `${name}.every`), `${name}.every`);
  if (!(everyMs >= LEAST_HEARTBEAT_MS)) throw invalid(`${name}.every`, `is ${showValue(every)}. Write at least 1s`);
  return { url: address, everyMs, allowHttp };
}

function mapOf(value: unknown, name: string, keys: readonly string[] | null): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(name, `is ${showValue(value)}. Write keys and values`);
  const unknown = Object.keys(value).find((key) => keys !== null && !keys.includes(key));
  if (unknown !== undefined)
    throw invalid(name, `has the unknown key '${inertText(unknown)}'. Known keys are ${(keys ?? []).join(", ")}`);
  return value as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "" && !/\p{Cc}/u.test(value)) return value;
  throw invalid(name, `is ${showValue(value)}. Write a text of one line`);
}

function wordOf<Word extends string>(value: unknown, name: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) throw invalid(name, `is ${showValue(value)}. Write one of ${words.join(", ")}`);
  return found;
}

function listOf(value: unknown, name: string): readonly NoticeEvent[] {
  if (!Array.isArray(value) || value.length === 0)
    throw invalid(name, `is ${showValue(value)}. Write a list of events`);
  return value.map((each) => wordOf(each, name, EVENT_NAMES));
}

function invalid(name: string, problem: string): QscError {
  return new QscError("invalid_config", `The setting ${name} ${problem}.`);
}

/** The names of the systemd credentials that the settings refer to, each once. */
export function credentialsOf({ channels, heartbeat }: NotifySettings): readonly string[] {
  const values = [...channels.flatMap(({ options }) => Object.values(options)), heartbeat?.url ?? ""];
  const names = values.flatMap((value) => (typeof value === "string" ? (credentialOf(value) ?? []) : []));
  return [...new Set(names)].sort();
}
