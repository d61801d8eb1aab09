import { optionsIn, type ChannelOptions } from "../settings/options.js";
import type { ChannelSettings } from "../settings/parse.js";
import { shownOf } from "../settings/masked.js";
import { readSecret, type SecretPlaces } from "../settings/secrets.js";
import { DeliveryError, type Channel } from "./channel.js";
import { CHANNEL_KINDS } from "./table.js";

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
  const safe = (text: string): string => shownOf(text, secrets);
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
  const values = { ...options };
  const secrets: string[] = [];
  for (const [option, value] of Object.entries(options)) {
    if (rows[option]?.holds.startsWith("secret") !== true || typeof value !== "string") continue;
    const secret = await readSecret(`notify.channels.${name}.${option}`, value, places);
    values[option] = secret;
    secrets.push(secret);
  }
  return { ...optionsIn(name, values), secrets };
}
