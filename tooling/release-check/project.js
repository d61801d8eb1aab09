import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { run } from "../bootstrap/run.js";

/** What a project is made with. @typedef {{ manager: "npm" | "pnpm", node: string, bin: string }} Tools */

/** Without it, the installation of onnxruntime-node asks for GPU libraries, which nothing here uses. */
const ONNX = { ONNXRUNTIME_NODE_INSTALL: "skip" };

/** An empty project, as a user begins one, outside any repository. */
export class Project {
  /**
   * @param {string} directory of its own
   * @param {Tools} tools
   * @param {string} npmrc
   */
  constructor(directory, tools, npmrc) {
    this.directory = directory;
    this.tools = tools;
    mkdirSync(directory, { recursive: true });
    this.write(".npmrc", npmrc);
    this.write("package.json", '{ "name": "project", "private": true }\n');
  }

  /** @param {string} name @param {string} text */
  write(name, text) {
    writeFileSync(join(this.directory, name), text);
  }

  /**
   * Installs packages, with the manager that the project has.
   *
   * @param {readonly string[]} packages
   */
  async install(...packages) {
    const { manager } = this.tools;
    // A cache of its own for what is known of packages: another run's registry may have had the same port.
    const command =
      manager === "npm"
        ? ["npm", "install", "--prefer-online", ...packages]
        : ["pnpm", "add", `--config.cache-dir=${join(this.directory, ".cache")}`, ...packages];
    await this.succeed(command);
  }

  /**
   * Runs a command with the project's Node and commands.
   *
   * @param {readonly string[]} command
   * @param {Record<string, string>} [env]
   */
  run([command = "", ...args], env = {}) {
    const path = [this.tools.bin, join(this.directory, "node_modules", ".bin"), process.env["PATH"]].join(delimiter);
    return run(command, args, { output: "quiet", cwd: this.directory, env: { ...ONNX, ...env, PATH: path } });
  }

  /**
   * @param {readonly string[]} command
   * @param {Record<string, string>} [env]
   * @returns {Promise<string>} what it printed
   */
  async succeed(command, env = {}) {
    const { code, output } = await this.run(command, env);
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${output.trimEnd()}`);
    return output;
  }

  /** What is installed: the names of all packages, and their bytes. */
  installed() {
    const home = join(this.directory, "node_modules");
    const names = readdirSync(home, { recursive: true, encoding: "utf8" });
    const files = names.map((name) => statSync(join(home, name))).filter((file) => file.isFile());
    const packages = names
      .map((name) => /^(?:.*\/node_modules\/)?((?:@[^/]+\/)?[^@/.][^/]*)\/package\.json$/.exec(name)?.[1])
      .filter((name) => name !== undefined);
    return { packages, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  }
}
