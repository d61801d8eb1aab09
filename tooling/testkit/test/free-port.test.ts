import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { freePort } from "../src/redis/free-port.js";

/** Drawn at random from 12,000 ports, two of them would be equal except once in 30,000 runs. */
const MANY = 500;

test("no port is given out twice, even if nothing listens on it: neither here nor in another process", async () => {
  const here: number[] = [];
  while (here.length < MANY) here.push(await freePort());
  const module = new URL("../dist/redis/free-port.js", import.meta.url).href;
  const script = `const { freePort } = await import(${JSON.stringify(module)}); const ports = []; while (ports.length < ${MANY}) ports.push(await freePort()); console.log(JSON.stringify(ports));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  const all = [...here, ...(JSON.parse(stdout) as number[])];
  expect(new Set(all).size).toBe(2 * MANY);
});
