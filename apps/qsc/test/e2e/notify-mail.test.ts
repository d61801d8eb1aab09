import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { lookup } from "node:dns/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  describeRequiring,
  freePort,
  requireCommands,
  startServer,
  temporaryDirectory,
  type ServerProcess,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { qsc, type Run } from "./support/qsc.js";

const SERVER = fileURLToPath(new URL("support/mail-server.py", import.meta.url));
/** The Python that the distribution's packages are for. */
const PYTHON = "/usr/bin/python3";
const PASSWORD = "an-example-password-for-mail";

describeRequiring(requireCommands("aiosmtpd", "openssl"), "a mail server that wants TLS and a login", () => {
  let home: TemporaryDirectory;
  let server: ServerProcess | null;
  let certificate: string;
  beforeEach(async () => {
    home = await temporaryDirectory();
    server = null;
    certificate = join(home.path, "mail.crt");
    await promisify(execFile)("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", "/CN=mail", "-addext", `subjectAltName=DNS:localhost,DNS:${hostname()}`],
      ...["-keyout", join(home.path, "mail.key"), "-out", certificate],
    ]);
  });
  afterEach(async () => {
    await server?.stop();
    await home.remove();
  });

  const mailbox = (): string => join(home.path, "mail");

  /** Starts the server for a name of this host; answers its port. */
  async function started(name: string, mode: "starttls" | "smtps"): Promise<number> {
    const [port, { address }] = await Promise.all([freePort(), lookup(name, 4)]);
    const args = [SERVER, address, String(port), certificate, join(home.path, "mail.key"), mailbox(), mode];
    server = await startServer(PYTHON, args, { host: address, port }, { MAIL_PASSWORD: PASSWORD });
    return port;
  }

  async function send(url: string, env: Readonly<Record<string, string>> = {}, password = PASSWORD): Promise<Run> {
    const mail = {
      ...{ kind: "smtp", server: url, from: "qsc@example.com", to: "desk@example.com" },
      ...{ user: "qsc", password: "env:PASSWORD" },
    };
    const config = { services: `child:${home.path}`, unit: "engine.service", notify: { channels: { mail } } };
    await writeFile(join(home.path, "qsc.config.json"), JSON.stringify(config));
    const args = ["notify", "test", "--workdir", ".", "--config", "qsc.config.json"];
    const run = await qsc(args, { cwd: home.path, env: { PASSWORD: password, ...env } });
    for (const text of [run.out, run.err]) {
      expect(text).not.toContain(password);
      expect(text).not.toContain(Buffer.from(password).toString("base64"));
      expect(text).not.toContain(Buffer.from(`\0qsc\0${password}`).toString("base64"));
    }
    return run;
  }

  async function mails(): Promise<readonly string[]> {
    const names = await readdir(join(mailbox(), "new")).catch(() => []);
    return Promise.all(names.map((name) => readFile(join(mailbox(), "new", name), "utf8")));
  }

  const isTest = expect.stringContaining("X-Qsc-Key: ") as string;
  const trusting = (): Readonly<Record<string, string>> => ({ NODE_EXTRA_CA_CERTS: certificate });

  test.each([
    ["STARTTLS", "smtp", "starttls"],
    ["TLS from the beginning", "smtps", "smtps"],
  ] as const)(
    "by %s, of a private authority: takes the mail if that is trusted, and not otherwise",
    async (_, scheme, mode) => {
      const port = await started(hostname(), mode);
      const url = `${scheme}://${hostname()}:${port}`;
      const refused = await send(url);
      expect(refused.code).toBe(2);
      expect(refused.out).toMatch(/self[- ]signed certificate/);
      expect(await mails()).toEqual([]);
      const { code, out, err } = await send(url, trusting());
      expect(code, `${out}${err}`).toBe(0);
      expect(await mails()).toEqual([isTest]);
    },
  );

  test("a certificate of another name is refused", async () => {
    await promisify(execFile)("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", "/CN=mail", "-addext", "subjectAltName=DNS:other.example"],
      ...["-keyout", join(home.path, "mail.key"), "-out", certificate],
    ]);
    const port = await started(hostname(), "starttls");
    const { code, out } = await send(`smtp://${hostname()}:${port}`, trusting());
    expect(code).toBe(2);
    expect(out).toContain("altnames");
    expect(await mails()).toEqual([]);
  });

  test("a wrong password is named, and never shown", async () => {
    const port = await started(hostname(), "smtps");
    const { code, out } = await send(`smtps://${hostname()}:${port}`, trusting(), "another-password-of-mine");
    expect(code).toBe(2);
    expect(out).toMatch(/Invalid login|535/);
    expect(await mails()).toEqual([]);
  });

  test("on this host, where the certificate is of no known authority: the login is encrypted all the same", async () => {
    const port = await started("localhost", "starttls");
    const { code, out, err } = await send(`smtp://localhost:${port}`);
    expect(code, `${out}${err}`).toBe(0);
    expect(await mails()).toEqual([isTest]);
  });
});
