import { existsSync, readFileSync } from "node:fs";

import { requireCommands } from "../require-command.js";
import type { Requirement } from "../requirement.js";

const PROGRAMS = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];

/**
 * What a throw-away systemd needs, for `describeRequiring`: Linux, root, a cgroup v2 hierarchy, and the systemd
 * program.
 */
export function requireSystemd(): Requirement {
  const missing = missingParts();
  if (missing.length === 0) return requireCommands("systemctl", "journalctl", "nsenter", "unshare", "setpriv");
  const sentence = `a throw-away systemd needs ${missing.join(", ")}`;
  if (process.env["CI"] === "true") throw new Error(`${sentence}, and CI=true allows no skip`);
  return { missing: sentence };
}

function missingParts(): string[] {
  if (process.platform !== "linux") return ["Linux"];
  const parts = [];
  if (process.getuid?.() !== 0) parts.push("root");
  if (!readFileSync("/proc/self/mounts", "utf8").includes(" cgroup2 ")) parts.push("a mounted cgroup v2 hierarchy");
  if (!PROGRAMS.some((program) => existsSync(program))) parts.push("systemd");
  return parts;
}
