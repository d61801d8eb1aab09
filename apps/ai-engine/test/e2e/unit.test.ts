import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  describeRequiring,
  repositoryRoot,
  requireSystemd,
  startSystemd,
  type RealSystemd,
} from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { PATIENCE } from "./support/engine.js";

const UNIT = "quantum-ai-engine.service";
const shipped = (file: string): Promise<string> =>
  readFile(join(repositoryRoot, "apps/ai-engine/systemd", file), "utf8");

/** The template, filled in the way an operator would. */
function filledIn(template: string): string {
  return template
    .replace(/^FEATURE_SOURCE=.*$/m, "FEATURE_SOURCE=synthetic:?rate=50")
    .replace(/^INTENT_SINK=.*$/m, "INTENT_SINK=file:intents.ndjson")
    .replace(/^#AI_ENGINE_BUILD=.*$/m, "AI_ENGINE_BUILD=0123abc")
    .replace(/^#HEALTH_PORT=.*$/m, "HEALTH_PORT=0");
}

/**
 * Installs unit, engine and settings. What this machine has at these places is not touched: only this systemd sees the
 * new files.
 */
async function install({ run, unitDirectory, directory }: RealSystemd): Promise<void> {
  const settings = join(directory, "ai-engine.env");
  await writeFile(settings, filledIn(await shipped("ai-engine.env")));
  await writeFile(join(unitDirectory, UNIT), await shipped(UNIT));
  // The engine is at the unit's own path, and the packages are where its links point.
  const mounts = [
    ["apps", "/opt/quantum"],
    ["packages", "/opt/packages"],
    ["node_modules", "/opt/node_modules"],
  ].map(([from = "", to = ""]) => `mkdir ${to} && mount --bind '${join(repositoryRoot, from)}' ${to}`);
  await run("sh", "-ec", ["mount -t tmpfs tmpfs /opt", ...mounts, "mount -t tmpfs tmpfs /var/lib"].join("\n"));
  await run("mkdir", "-p", `/etc/systemd/system/${UNIT}.d`);
  await writeFile(
    join(unitDirectory, `${UNIT}.d/settings.conf`),
    `[Service]\nEnvironmentFile=\nEnvironmentFile=${settings}\n`,
  );
  await run("systemctl", "daemon-reload");
}

describeRequiring(requireSystemd(), "the unit as it is shipped", () => {
  test("starts with the filled-in template, is ready, reloads, and stops with success", async () => {
    await using systemd = await startSystemd();
    await install(systemd);
    const journal = async (): Promise<string> => (await systemd.run("journalctl", "-o", "cat", "-u", UNIT)).stdout;
    const property = async (name: string): Promise<string> =>
      (await systemd.run("systemctl", "show", "--value", "-p", name, UNIT)).stdout.trim();
    try {
      await systemd.run("systemctl", "start", UNIT);
      await expect.poll(journal, PATIENCE).toContain("serving /health and /metrics");
    } catch (cause) {
      throw new Error(await journal(), { cause });
    }
    expect(await property("ActiveState")).toBe("active");
    const url = /"url":"([^"]+)"/.exec(await journal())?.[1] ?? "";
    await expect.poll(async () => (await fetch(`${url}/health`)).status, PATIENCE).toBe(200);
    await systemd.run("systemctl", "reload", UNIT);
    await expect.poll(journal, PATIENCE).toContain("loading the models again");
    await systemd.run("systemctl", "stop", UNIT);
    expect([await property("ActiveState"), await property("Result"), await property("NRestarts")]).toEqual([
      "inactive",
      "success",
      "0",
    ]);
    const said = await journal();
    expect(said).toContain("AI_ENGINE_BUILD: 0123abc");
    expect(said).toMatch(/"undelivered":0,"dropped":0,"msg":"the engine ends"/);
    expect(said).not.toContain("/proc/cpuinfo");
    const { stdout } = await systemd.run("sh", "-c", "wc -l < /var/lib/quantum-ai-engine/intents.ndjson");
    expect(Number(stdout)).toBeGreaterThan(0);
  });
});
