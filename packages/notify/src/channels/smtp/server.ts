import { inertText, QscError } from "@qsc/contract";
import { isIP } from "node:net";
import { isLoopback, isRefusedAddress } from "../../http/address.js";
import { hostOf } from "../../http/target.js";

/** A mail server. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** Whether TLS begins with the connection; otherwise with STARTTLS. */
  readonly isTls: boolean;
  /** Whether it is used without TLS, too: on this host, or if the settings allow it. */
  readonly isPlainAllowed: boolean;
}

/** @throws QscError `invalid_config`, `address_refused` */
export function serverOf(channel: string, value: string, allowPlain: boolean): MailServer {
  const name = `notify.channels.${channel}.server`;
  const shown = `'${inertText(value)}'`;
  if (!URL.canParse(value))
    throw new QscError("invalid_config", `${name}: ${shown} is not a URL. Write smtps://HOST or smtp://HOST.`);
  const url = new URL(value);
  if (url.protocol !== "smtp:" && url.protocol !== "smtps:")
    throw new QscError("address_refused", `${name}: ${shown} has another scheme. Write smtps://HOST or smtp://HOST.`);
  if (url.username !== "" || url.password !== "")
    throw new QscError(
      "invalid_config",
      `${name} has a user or password in its address. Write them as user and password.`,
    );
  const host = hostOf(url);
  if (host === "" || (isIP(host) !== 0 && isRefusedAddress(host)))
    throw new QscError(
      "address_refused",
      `${name}: ${shown} is link-local, a metadata service, or no host. Name a mail server.`,
    );
  const isTls = url.protocol === "smtps:";
  return {
    host,
    port: url.port === "" ? (isTls ? 465 : 25) : Number(url.port),
    isTls,
    isPlainAllowed: allowPlain || host === "localhost" || isLoopback(host),
  };
}
