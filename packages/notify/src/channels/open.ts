import { inertText } from "@qsc/contract";
import type { ChannelOptions } from "../settings/options.js";
import type { ChannelSettings } from "../settings/parse.js";
import { readSecret, type SecretPlaces } from "../settings/secrets.js";
import { DeliveryError, type Channel } from "./channel.js";
import { CHANNEL_KINDS } from "./table.js";

/** The most characters of what the other side said. */
const MOST_SAID = 300;

/**
 * A channel of the settings. It is opened when it first sends, and again after a failure: a secret that was missing or
 * has changed is then read again, and the channels whose secrets are there are not held up. What it says, accepted or
 * not, never contains a secret.
 */
export function channelOf(settings: ChannelSettings, places: SecretPlaces): Channel {
  const kind = CHANNEL_KINDS[settings.kind];
  if (kind === undefined) throw new TypeError(`there is no kind of channel ${settings.kind}`);
  let open: Channel | null = null;
  let secrets: readonly string[] = [];
  const safe = (text: string): string => inertText(withoutSecrets(text, secrets)).slice(0, MOST_SAID);
  return {
    send: async (notice, signal) => {
      try {
        if (open === null) {
          const options = await optionsOf(settings, places);
          ({ secrets } = options);
          open = await kind.open(options);
        }
        return { said: safe((await open.send(notice, signal)).said) };
      } catch (thrown) {
        open = null;
        const retryAfterMs = thrown instanceof DeliveryError ? thrown.retryAfterMs : null;
        throw new DeliveryError(safe(thrown instanceof Error ? thrown.message : String(thrown)), { retryAfterMs });
      }
    },
  };
}

async function optionsOf({ name, kind, options }: ChannelSettings, places: SecretPlaces): Promise<ChannelOptions> {
  const rows = CHANNEL_KINDS[kind]?.options ?? {};
  const values = new Map<string, string | boolean>(Object.entries(options));
  const secrets: string[] = [];
  for (const [option, value] of values) {
    if (rows[option]?.holds.startsWith("secret") !== true || typeof value !== "string") continue;
    const secret = await readSecret(`notify.channels.${name}.${option}`, value, places);
    values.set(option, secret);
    secrets.push(secret);
  }
  const text = (option: string): string | null => {
    const value = values.get(option);
    return typeof value === "string" ? value : null;
  };
  return { name, text, flag: (option) => values.get(option) === true, secrets };
}

/** A text without any of these secrets, in whichever form a message may repeat them. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [
    secret,
    secret.replace(/^whsec_/, ""),
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64"),
    ...partsOf(secret),
  ]);
  return forms
    .filter((form) => form.length >= 4)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, form) => rest.replaceAll(form, "[secret]"), text);
}

/** The path of an address that is a secret: an answer or an error may repeat it without the host. */
function partsOf(secret: string): readonly string[] {
  if (!/^https?:/.test(secret) || !URL.canParse(secret)) return [];
  const { pathname, search } = new URL(secret);
  return [`${pathname}${search}`, ...pathname.split("/").filter((part) => part.length >= 8)];
}
