import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const home = fileURLToPath(new URL("..", import.meta.url));
const programs = readdirSync(`${home}/src`).map((file) => file.replace(/\.ts$/, ""));

test.each(programs)("%s prints the output that the README shows", async (program) => {
  const readme = readFileSync(`${home}/README.md`, "utf8");
  const [, expected] = new RegExp(`^## ${program}\n\n\`\`\`text\n(.*?)\`\`\``, "ms").exec(readme) ?? [];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [`dist/${program}.js`], { cwd: home });
  expect(stdout).toBe(expected);
  expect(stderr).toBe("");
});
