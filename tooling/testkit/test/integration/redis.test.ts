import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

import { expect, it } from "vitest";

import { requireRedis } from "../../src/redis/require.js";
import { startRedis, type RedisServer } from "../../src/redis/server.js";
import { describeRequiring } from "../../src/requirement.js";

function cli(server: RedisServer, ...args: string[]): Promise<string> {
  return cliWithin(undefined, server, ...args);
}

/** @param timeout ends a command that gets no answer, in milliseconds */
async function cliWithin(timeout: number | undefined, server: RedisServer, ...args: string[]): Promise<string> {
  const trust = server.ca === undefined ? [] : ["--cacert", server.ca];
  const all = ["-u", server.url, "--no-auth-warning", ...trust, ...args];
  const { stdout, stderr } = await promisify(execFile)("redis-cli", all, { timeout });
  return (stdout + stderr).trim();
}

describeRequiring(requireRedis({ tls: true }), "startRedis", () => {
  it("answers, and is gone with its files after stop()", async () => {
    const server = await startRedis();
    const directory = (await cli(server, "CONFIG", "GET", "dir")).split("\n")[1] ?? "";
    expect(existsSync(directory)).toBe(true);
    await server.stop();
    await expect(cli(server, "PING")).rejects.toThrow("Connection refused");
    expect(existsSync(directory)).toBe(false);
  });

  it("asks for the password, whatever characters it has", async () => {
    await using server = await startRedis({ requirePass: 'p w"@:/é' });
    expect(await cli(server, "PING")).toBe("PONG");
    const { stdout } = await promisify(execFile)("redis-cli", ["-p", String(server.port), "PING"]);
    expect(stdout).toContain("NOAUTH");
  });

  it("restricts an ACL user to its rules", async () => {
    await using server = await startRedis({ aclUsers: [{ name: "reader", password: "s3 cret", rules: "~* +xrange" }] });
    const asReader = ["-p", String(server.port), "--user", "reader", "--pass", "s3 cret", "--no-auth-warning"];
    const { stdout } = await promisify(execFile)("redis-cli", [...asReader, "SET", "a", "b"]);
    expect(stdout).toContain("NOPERM");
  });

  it("speaks TLS with a certificate that can be trusted", async () => {
    await using server = await startRedis({ tls: true });
    expect(server.url).toMatch(/^rediss:/);
    expect(await cli(server, "PING")).toBe("PONG");
  });

  it("can die and return on its port, empty", async () => {
    await using server = await startRedis();
    await cli(server, "SET", "key", "value");
    await server.kill();
    await expect(cli(server, "PING")).rejects.toThrow("Connection refused");
    await server.restart();
    expect(await cli(server, "EXISTS", "key")).toBe("0");
  });

  it("keeps what it acknowledged after it died, if it is persistent", async () => {
    await using server = await startRedis({ persistent: true });
    await cli(server, "SET", "key", "value");
    await server.kill();
    await server.restart();
    expect(await cli(server, "GET", "key")).toBe("value");
  });

  it("can hang and continue", async () => {
    await using server = await startRedis();
    server.pause();
    await expect(cliWithin(1000, server, "PING")).rejects.toMatchObject({ killed: true });
    server.resume();
    expect(await cli(server, "PING")).toBe("PONG");
  });

  it("says what redis-server said when it does not start", async () => {
    await expect(startRedis({ args: ["--no-such-option", "1"] })).rejects.toThrow(/ended before it was ready/);
  });
});
