import type { ConsoleRequest } from "@qsc/rollout";
import { expect, test } from "vitest";
import { TokenGuard } from "../src/http/token.js";
import { serveConsole } from "../src/run.js";

const TOKEN = "0123456789abcdef0123456789abcdef";

/** How the console refuses to begin. */
function refusal(request: Pick<ConsoleRequest, "listen" | "names" | "token">): Promise<void> {
  return serveConsole({
    place: { workdir: "/none", unit: "engine.service" },
    machine: "here",
    toolVersion: "1.2.3",
    policy: () => Promise.reject(new Error("never")),
    openSource: () => Promise.reject(new Error("never")),
    isDeadManArmed: () => Promise.resolve(true),
    notifications: () => Promise.resolve({ aliveAt: null, channels: [] }),
    signal: AbortSignal.abort(),
    say: () => undefined,
    ...request,
  });
}

test("at every address of the machine it needs a name, since it would answer no one", async () => {
  for (const listen of ["0.0.0.0:0", "[::]:0"])
    await expect(refusal({ listen, names: [], token: TOKEN })).rejects.toThrow(
      expect.objectContaining({
        code: "invalid_config",
        message: expect.stringContaining("--console-names") as unknown,
      }),
    );
});

test("a token that a program could not send is refused, without repeating it", async () => {
  for (const token of [`${TOKEN} geheim`, `${TOKEN}ü`, `${TOKEN}\u0007`])
    await expect(refusal({ listen: "127.0.0.1:0", names: [], token })).rejects.toThrow(
      expect.objectContaining({ code: "invalid_config", message: expect.not.stringContaining(TOKEN) as unknown }),
    );
});

test("every other token opens, as a bearer token and as a password", () => {
  const token = `a"b'c!d:e,f@g%h{i}j\\k?l`;
  const guard = new TokenGuard(token, () => 0);
  expect(guard.admit("127.0.0.1", `Bearer ${token}`)).toBe("admitted");
  expect(guard.admit("127.0.0.1", `Basic ${Buffer.from(`any:${token}`).toString("base64")}`)).toBe("admitted");
  expect(guard.admit("127.0.0.1", `Bearer ${token} x`)).toBe("refused");
});
