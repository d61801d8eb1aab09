import { execFile } from "node:child_process";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { install } from "./files.js";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const DEPENDENCIES = ["@qsc/contract", "@qsc/violations", "zod"];

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What lies in the working directory and the home directory, which were empty. */
  readonly left: readonly string[];
}

interface Program {
  /**
   * The body of a module that has `runtime`, `load(options)` with a manifest of sometimes-slow.onnx, and `row(first)`.
   */
  readonly body: string;
  /** Whether onnxruntime-node is installed. */
  readonly peer?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program that has installed the package as it would be published, in directories of its own. */
export async function runProgram({ body, peer = true, env = {} }: Program): Promise<Ended> {
  await using directory = await temporaryDirectory();
  const [app, home, cwd] = ["app", "home", "cwd"].map((name) => join(directory.path, name));
  for (const path of [app!, home!, cwd!]) await mkdir(path);
  await installPackage(join(app!, "node_modules"), peer);
  const manifest = await install(app!, "sometimes-slow");
  const main = join(app!, "main.mjs");
  await writeFile(
    main,
    `
    import { loadModel } from "@qsc/fail-closed";
    import { onnxRuntime } from "@qsc/fail-closed/onnx";
    const runtime = onnxRuntime();
    const load = (options) => loadModel(${JSON.stringify(manifest)}, { runtime, ...options });
    const row = (first) => ({ features: [first, 0.25, -0.5, 0.125] });
    ${body}
  `,
  );
  const ended = await runNode([main], { cwd: cwd!, env: { ...env, PATH: process.env["PATH"], HOME: home } });
  return { ...ended, left: [...(await readdir(cwd!)), ...(await readdir(home!))] };
}

async function installPackage(modules: string, peer: boolean): Promise<void> {
  const own = join(modules, "@qsc/fail-closed");
  await mkdir(own, { recursive: true });
  for (const part of ["package.json", "dist"]) await cp(join(PACKAGE, part), join(own, part), { recursive: true });
  for (const name of peer ? [...DEPENDENCIES, "onnxruntime-node"] : DEPENDENCIES) {
    await symlink(join(PACKAGE, "node_modules", name), join(modules, name));
  }
}

function runNode(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Omit<Ended, "left">> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr });
    });
  });
}

/** Runs a module that has the built package's functions, in this working directory, as a process of its own. */
export async function runModule(cwd: string, body: string): Promise<Omit<Ended, "left">> {
  await using directory = await temporaryDirectory();
  const built = (file: string): string => JSON.stringify(pathToFileURL(join(PACKAGE, "dist", file)).href);
  const main = join(directory.path, "main.mjs");
  await writeFile(
    main,
    `
    import { failClosed, loadModel } from ${built("index.js")};
    import { onnxRuntime } from ${built("onnx/index.js")};
    ${body}
  `,
  );
  return await runNode([main], { cwd, env: { PATH: process.env["PATH"], HOME: directory.path } });
}
