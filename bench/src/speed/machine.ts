import { cpus, totalmem } from "node:os";
import { promisify } from "node:util";
import { execFile } from "node:child_process";

/** One line about the machine and the run. */
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
