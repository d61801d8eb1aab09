import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { createTransport } from "nodemailer";
import { addressProblem } from "../../http/target.js";
import type { Notice } from "../../notice/notice.js";
import { DeliveryError, type Accepted } from "../channel.js";
import { mailOf } from "./mail.js";
import type { MailServer } from "./server.js";

/** Who writes to whom. */
interface Account {
  readonly from: string;
  readonly to: string;
  readonly user: string | null;
  readonly password: string | null;
}

const STEP_MS = 8_000;

/** Hands one message to the server, and resolves once it has taken it. @throws DeliveryError */
export async function sendMail(
  { host, port, isTls, isPlainAllowed }: MailServer,
  { from, to, user, password }: Account,
  notice: Notice,
  signal: AbortSignal,
): Promise<Accepted> {
  const transport = createTransport({
    // The address that was checked is the one that is connected to; the certificate must still be the name's.
    host: await addressOf(host),
    port,
    secure: isTls,
    requireTLS: !isTls && !isPlainAllowed,
    tls: {
      ...(isIP(host) === 0 && { servername: host }),
      // A server on this host often has no certificate for the name that it is called by. Where plain text would be
      // allowed, TLS of an unknown certificate is no worse.
      rejectUnauthorized: isTls || !isPlainAllowed,
    },
    ...(user !== null && password !== null && { auth: { user, pass: password } }),
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const stop = (): void => {
    transport.close();
  };
  signal.addEventListener("abort", stop);
  try {
    const { response } = await transport.sendMail({ from, to, ...mailOf(notice) });
    return { said: response };
  } catch (thrown) {
    throw new DeliveryError(thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    signal.removeEventListener("abort", stop);
    transport.close();
  }
}

async function addressOf(host: string): Promise<string> {
  const addresses = await lookup(host, { all: true }).catch((thrown: unknown) => {
    throw new DeliveryError(`no connection: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  });
  const problem = addresses.map(({ address }) => addressProblem(address, false)).find((each) => each !== null);
  if (problem !== undefined) throw new DeliveryError(problem);
  const [first] = addresses;
  if (first === undefined) throw new DeliveryError(`${host} has no address`);
  return first.address;
}
