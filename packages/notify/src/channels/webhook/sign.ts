import { Webhook } from "standardwebhooks";
import { QscError } from "@qsc/contract";

/** Gives the headers of a body. The ID is the idempotency key; the time is that of this attempt. */
export type Signer = (key: string, body: string) => Readonly<Record<string, string>>;

/** The fewest bytes of a key: the specification asks for 24 to 64. */
const FEWEST = 24;
const MOST = 64;

/** @throws QscError `secret_missing` for a key that is not one, without showing it */
export function signerOf(channel: string, secret: string): Signer {
  const text = secret.replace(/^whsec_/, "");
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, "base64").length : 0;
  if (bytes < FEWEST || bytes > MOST)
    throw new QscError(
      "secret_missing",
      `notify.channels.${channel}.secret is not a key of ${FEWEST} to ${MOST} bytes in base64. Make one: echo "whsec_$(openssl rand -base64 32)".`,
    );
  const webhook = new Webhook(text);
  return (key, body) => {
    const now = new Date();
    return {
      "webhook-id": key,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
      "webhook-signature": webhook.sign(key, now, body),
    };
  };
}
