import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, startServer, temporaryDirectory } from "@qsc-tooling/testkit";

export interface MailServer extends AsyncDisposable {
  readonly url: string;
  /** The mails that were delivered, as they are stored. */
  mails(): Promise<readonly string[]>;
}

/** The SMTP server of the distribution's python3-aiosmtpd, with a Maildir, on a port of its own. */
export async function startMailServer(command: string): Promise<MailServer> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const maildir = join(directory.path, "mail");
  const server = await startServer(
    command,
    ["-n", "-l", `127.0.0.1:${port}`, "-c", "aiosmtpd.handlers.Mailbox", maildir],
    port,
  );
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails: async () => {
      const names = await readdir(join(maildir, "new")).catch(() => []);
      return Promise.all(names.map((name) => readFile(join(maildir, "new", name), "utf8")));
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await directory.remove();
    },
  };
}

/** A stored mail: its header and its parts, decoded. */
export function readMail(mail: string): { readonly header: string; readonly text: string; readonly html: string } {
  const unfolded = mail.replaceAll("\r\n", "\n");
  const header = unfolded.slice(0, unfolded.indexOf("\n\n")).replace(/\n[ \t]+/g, " ");
  const [, boundary = ""] = /boundary="([^"]+)"/.exec(header) ?? [];
  const parts = unfolded.split(`--${boundary}`).map(decoded);
  return {
    header,
    text: parts.find((part) => part.type.startsWith("text/plain"))?.body ?? "",
    html: parts.find((part) => part.type.startsWith("text/html"))?.body ?? "",
  };
}

function decoded(part: string): { readonly type: string; readonly body: string } {
  const at = part.indexOf("\n\n");
  const [head, body] = [part.slice(0, at), part.slice(at + 2)];
  const [, type = ""] = /Content-Type: ([^\n]+)/i.exec(head) ?? [];
  const [, encoding = "7bit"] = /Content-Transfer-Encoding: (\S+)/i.exec(head) ?? [];
  if (encoding === "base64") return { type, body: Buffer.from(body, "base64").toString("utf8") };
  if (encoding !== "quoted-printable") return { type, body };
  const bytes = body
    .replace(/=\n/g, "")
    .replace(/[^\x00-\x7f]/g, "?")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { type, body: Buffer.from(bytes, "latin1").toString("utf8") };
}
