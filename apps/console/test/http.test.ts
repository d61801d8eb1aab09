import { request, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAddress, PastReports } from "@qsc/rollout";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startServer, type ConsoleServer } from "../src/http/server.js";
import { MOST_STREAMS, Streams } from "../src/http/streams.js";
import { MOST_FAILURES, PENALTY_MS, TokenGuard } from "../src/http/token.js";

const TOKEN = "0123456789abcdef0123456789abcdef";
const SECRET = "root:x:0:0";
const REPORT = "rollback_20261130_120000.html";

let home: TemporaryDirectory;
let server: ConsoleServer;
let nowMs = 0;
beforeEach(async () => {
  home = await temporaryDirectory();
  await mkdir(join(home.path, "work/reports/safety"), { recursive: true });
  await writeFile(join(home.path, "work/reports/safety", REPORT), "<p>report</p>");
  await writeFile(join(home.path, "secret"), SECRET);
  nowMs = 0;
});
afterEach(async () => {
  await server.close();
  await home.remove();
});

async function started(token: string | null, names: readonly string[] = [], workdir = "work"): Promise<number> {
  server = await startServer({
    address: parseAddress("127.0.0.1:0"),
    names,
    guard: token === null ? null : new TokenGuard(token, () => nowMs),
    content: {
      page: () => ({ status: 200, type: "text/html", body: "the page" }),
      metrics: () => Promise.resolve("qsc_x 1\n"),
      past: () => Promise.resolve("{}"),
      segments: () => Promise.resolve("{}"),
      reports: new PastReports(join(home.path, workdir)),
    },
    streams: new Streams(() => undefined),
    greeting: () => Promise.resolve("event: view\ndata: {}\n\n"),
    onError: (error) => {
      throw error;
    },
  });
  return Number(new URL(server.url).port);
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks for exactly this path: fetch would tidy it up. */
function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    asking.on("error", reject);
    asking.end();
  });
}

describe("who is answered", () => {
  test("a name that a rebinding page would send is refused, whatever it asks for", async () => {
    const port = await started(null, ["qsc.example.org"]);
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1.evil.example",
      `[::2]:${port}`,
      "localhost:1",
    ]) {
      const { status, body } = await ask(port, "/", { host });
      expect([host, status]).toEqual([host, 421]);
      expect(body).not.toContain("the page");
    }
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      "qsc.example.org",
      "QSC.example.org:443",
    ])
      expect([host, (await ask(port, "/", { host })).status]).toEqual([host, 200]);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])(
    "%s changes nothing and is refused",
    async (method) => {
      const port = await started(null);
      const { status, headers } = await ask(port, "/", {}, method);
      expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
    },
  );

  test("HEAD answers as GET does, without a body", async () => {
    const port = await started(null);
    const { status, headers, body } = await ask(port, "/metrics", {}, "HEAD");
    expect([status, headers["content-length"], body]).toEqual([200, "8", ""]);
  });

  test("a page too many is told to come back", async () => {
    const port = await started(null);
    const asking = Array.from({ length: MOST_STREAMS }, () => request({ host: "127.0.0.1", port, path: "/events" }));
    await Promise.all(
      asking.map(async (each) => {
        each.on("error", () => undefined);
        const answered = once(each, "response");
        each.end();
        await answered;
      }),
    );
    expect((await ask(port, "/events")).status).toBe(503);
    for (const each of asking) each.destroy();
  });

  test("a client that never finishes its request is disconnected", async () => {
    const port = await started(null);
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nHost: 127");
    socket.resume();
    await once(socket, "close");
  });

  test("a client that never reads its answer is disconnected", async () => {
    const name = "rollback_20261130_150000.json";
    await writeFile(join(home.path, "work/reports/safety", name), "x".repeat(12 * 1024 * 1024));
    const port = await started(null);
    const open = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
    const before = open();
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.pause();
    socket.write(`GET /reports/${name} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    await vi.waitUntil(() => open() === before + 2, { timeout: 60_000 });
    // Only the client's own end is left.
    await vi.waitUntil(() => open() === before + 1, { timeout: 60_000 });
    socket.destroy();
  });

  test.each([
    ["two lengths", "GET / HTTP/1.1", "Content-Length: 5\r\nContent-Length: 6", /^HTTP\/1\.1 400/],
    ["a length and chunks", "POST / HTTP/1.1", "Content-Length: 5\r\nTransfer-Encoding: chunked", /^HTTP\/1\.1 400/],
    ["a tunnel", "CONNECT 169.254.169.254:80 HTTP/1.1", "X: 1", /^$/],
  ])("a request with %s is not answered as one", async (_, line, headers, wanted) => {
    const port = await started(null);
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (part: Buffer) => (answer += part.toString()));
    socket.on("error", () => undefined);
    socket.write(`${line}\r\nHost: 127.0.0.1:${port}\r\n${headers}\r\n\r\n`);
    await once(socket, "close");
    expect(answer).toMatch(wanted);
  });

  test("every answer forbids what the page does not need, and keeps nothing", async () => {
    const port = await started(null);
    for (const path of ["/", "/metrics", "/past.json", "/segments.json", `/reports/${REPORT}`, "/nothing"]) {
      const { headers } = await ask(port, path);
      expect(headers["x-content-type-options"], path).toBe("nosniff");
      expect(headers["cache-control"], path).toBe("no-store");
      expect(headers["content-security-policy"], path).toContain("default-src 'none'");
      expect(headers["cross-origin-resource-policy"], path).toBe("same-origin");
      expect(headers["set-cookie"], path).toBeUndefined();
      expect(headers["access-control-allow-origin"], path).toBeUndefined();
    }
  });
});

describe("a token", () => {
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  const basic = (token: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`any:${token}`).toString("base64")}`,
  });

  test("opens everything, as a bearer token or as a browser sends it, and nothing opens without it", async () => {
    const port = await started(TOKEN);
    for (const path of ["/", "/metrics", "/past.json", "/segments.json", "/events", "/health", `/reports/${REPORT}`]) {
      expect([path, (await ask(port, path)).status]).toEqual([path, 401]);
      expect([path, (await ask(port, path, {}, "HEAD")).status]).toEqual([path, 401]);
    }
    expect((await ask(port, "/")).headers["www-authenticate"]).toContain("Basic");
    expect((await ask(port, "/", bearer(TOKEN))).status).toBe(200);
    expect((await ask(port, "/", basic(TOKEN))).status).toBe(200);
  });

  test("is not taken from the address, and not if it is only almost right", async () => {
    const port = await started(TOKEN);
    expect((await ask(port, `/?token=${TOKEN}`)).status).toBe(401);
    for (const wrong of [TOKEN.slice(1), `${TOKEN}0`, TOKEN.toUpperCase(), "undefined", "null"])
      expect((await ask(port, "/", bearer(wrong))).status).toBe(401);
  });

  test("cannot be guessed: after some failures even the right one waits", async () => {
    const port = await started(TOKEN);
    for (let index = 0; index < MOST_FAILURES; index += 1)
      expect((await ask(port, "/", bearer(`guess-${index}`))).status).toBe(401);
    const late = await ask(port, "/", bearer(TOKEN));
    expect([late.status, Number(late.headers["retry-after"])]).toEqual([429, PENALTY_MS / 1000]);
    nowMs += PENALTY_MS;
    expect((await ask(port, "/", bearer(TOKEN))).status).toBe(200);
  });

  test("a browser that has not asked its user yet is not guessing", async () => {
    const port = await started(TOKEN);
    for (let index = 0; index < 3 * MOST_FAILURES; index += 1) await ask(port, "/");
    expect((await ask(port, "/", bearer(TOKEN))).status).toBe(200);
  });

  test("one who has a whole IPv6 network is one guesser, and another network is another", () => {
    const guard = new TokenGuard(TOKEN, () => 0);
    for (let index = 0; index < MOST_FAILURES; index += 1)
      expect(guard.admit(`2001:db8::${index}`, "Bearer wrong")).toBe("refused");
    expect(guard.admit("2001:db8:0:0:ffff::1", `Bearer ${TOKEN}`)).toEqual({ waitMs: PENALTY_MS });
    expect(guard.admit("2001:db8:0:1::1", `Bearer ${TOKEN}`)).toBe("admitted");
  });

  test("guessers from ever more addresses fill no memory, and do not lock out the others", () => {
    const guard = new TokenGuard(TOKEN, () => 0);
    for (let index = 0; index < 5000; index += 1) guard.admit(`10.0.${index >> 8}.${index & 255}`, "Bearer wrong");
    expect(guard.admit("192.0.2.1", `Bearer ${TOKEN}`)).toBe("admitted");
  });
});

describe("reports", () => {
  test("are answered by their names, and may do nothing", async () => {
    const port = await started(null);
    const { status, body, headers } = await ask(port, `/reports/${REPORT}`);
    expect([status, body]).toEqual([200, "<p>report</p>"]);
    expect(headers["content-security-policy"]).toContain("sandbox");
    expect(headers["content-security-policy"]).not.toContain("script-src");
  });

  test.each([
    "/reports/../../../secret",
    "/reports/..%2f..%2f..%2fsecret",
    "/reports/%2e%2e/%2e%2e/%2e%2e/secret",
    "/reports/....//....//secret",
    "/reports/..\\..\\..\\secret",
    "/reports//etc/passwd",
    "/reports/rollback_20261130_120000.html/../../../../secret",
    "/reports/rollback_20261130_120000.html%00.json",
    "/reports/",
    "/reports/.",
    "/../secret",
    "//secret",
    "/reports/secret",
  ])("%s leads nowhere", async (path) => {
    const port = await started(null);
    const { status, body } = await ask(port, path);
    expect(status).toBe(404);
    expect(body).not.toContain(SECRET);
  });

  test("a link with a report's name is not followed", async () => {
    const port = await started(null);
    const name = "rollback_20261130_130000.html";
    await symlink(join(home.path, "secret"), join(home.path, "work/reports/safety", name));
    const { status, body } = await ask(port, `/reports/${name}`);
    expect(status).toBe(403);
    expect(body).not.toContain(SECRET);
  });

  test.each(["reports", "reports/safety"])("a link in place of %s is not followed", async (directory) => {
    const port = await started(null);
    await rename(join(home.path, "work", directory), join(home.path, "elsewhere"));
    await symlink(join(home.path, "elsewhere"), join(home.path, "work", directory));
    expect((await ask(port, `/reports/${REPORT}`)).status).toBe(403);
  });

  test("what is not a file is not waited for", async () => {
    const port = await started(null);
    await mkdir(join(home.path, "work/reports/safety/rollback_20261130_140000.json"));
    expect((await ask(port, "/reports/rollback_20261130_140000.json")).status).toBe(403);
  });

  test("where there is no directory there is no report", async () => {
    const port = await started(null, [], "none");
    expect((await ask(port, `/reports/${REPORT}`)).status).toBe(404);
  });
});

describe("where to listen", () => {
  test.each(["8787", "127.0.0.1", "example.org:80", "127.0.0.1:70000", "127.0.0.1:-1", "[127.0.0.1]:80", "::1:80", ""])(
    "'%s' is refused",
    async (text) => {
      await started(null);
      expect(() => parseAddress(text)).toThrow(`cannot listen on '${text}'`);
    },
  );

  test("which addresses only this machine can reach", async () => {
    await started(null);
    const loopback = (text: string): boolean => parseAddress(text).isLoopback;
    expect(["127.0.0.1:1", "localhost:1", "[::1]:1", "127.9.9.9:1"].map(loopback)).toEqual([true, true, true, true]);
    expect(["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "128.0.0.1:1"].map(loopback)).toEqual([false, false, false, false]);
  });
});
