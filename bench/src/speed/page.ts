import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { BENCHMARKS_PAGE } from "./internals.js";
import { markdownOf, type Table } from "./table.js";

/** One line on what it was measured with. */
export async function machine(rounds: number, seed: number): Promise<string> {
  const [cpu] = cpus();
  const version = async (program: string, pattern: RegExp): Promise<string> => {
    const { stdout } = await promisify(execFile)(program, ["--version"]);
    return pattern.exec(stdout)?.[1] ?? "unknown";
  };
  const [redis, python] = await Promise.all([version("redis-server", /v=([\d.]+)/), version("python3", /([\d.]+)/)]);
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  return (
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${cpu?.model ?? "unknown"}), ${gigabytes} GB, ` +
    `Node ${process.versions.node}, Redis ${redis}, Python ${python}; seed ${seed}, ${rounds} interleaved rounds.`
  );
}

/** Puts the tables of a part where the page of benchmarks has its markers. @throws Error where it has none */
export async function writePart(name: string, measuredWith: string, tables: readonly Table[]): Promise<void> {
  const page = await readFile(BENCHMARKS_PAGE, "utf8");
  const [begin, end] = [`<!-- speed ${name}: begin -->\n`, `<!-- speed ${name}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${BENCHMARKS_PAGE} has no section between '${begin.trim()}' and '${end}'`);
  const text = `${begin}\n${measuredWith}\n\n${tables.map(markdownOf).join("\n")}\n`;
  await writeFile(BENCHMARKS_PAGE, page.slice(0, from) + text + page.slice(to));
}
