import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { root } from "../bootstrap/root.js";
import { run } from "../bootstrap/run.js";
import { publicPackages } from "../publish-check/public-packages.js";
import { step, StepFailed } from "../bootstrap/step.js";

/** The last that runs on Node 20. Its fork of node-fetch is a dist-tag, which mirrors of the registry may not have. */
const VERDACCIO = { dependencies: { verdaccio: "6.1.6" }, overrides: { "node-fetch": "2.7.0" } };
const HOME = join(root, ".tools", "verdaccio");

/** A registry of its own process, port and directory, which ends with this process whatever happens to it. */
export class Registry {
  #process;
  /** @type {string} */
  url;

  /** @param {import("node:child_process").ChildProcess} process @param {string} url */
  constructor(process, url) {
    this.#process = process;
    this.url = url;
  }

  /** @param {string} directory empty @returns {Promise<Registry>} */
  static async start(directory) {
    mkdirSync(HOME, { recursive: true });
    writeFileSync(join(HOME, "package.json"), JSON.stringify({ private: true, ...VERDACCIO }));
    await step(
      "verdaccio",
      ["npm", "install", "--prefix", HOME, "--no-audit", "--no-fund"],
      "npm must reach its registry: check the network and `npm config get registry`.",
    );
    const program = fileURLToPath(new URL("serve.cjs", import.meta.url));
    const child = fork(program, [HOME, directory], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const ended = once(child, "exit").then(([code]) => {
      throw new StepFailed(`verdaccio, which ended with ${String(code)},`, 1);
    });
    ended.catch(() => undefined);
    const [said] = await Promise.race([once(child, "message"), ended]);
    return new Registry(child, `http://127.0.0.1:${said.address.port}/`);
  }

  /** The lines of a project's .npmrc that have `@qsc/*` come from here, and all else from where it always comes. */
  get npmrc() {
    const host = this.url.replace(/^http:/, "");
    // npm publishes to no registry without a token; this one asks for none.
    return `@qsc:registry=${this.url}\n${host}:_authToken=none\nfund=false\naudit=false\nprovenance=false\n`;
  }

  /**
   * Packs every public package, and publishes the tarballs.
   *
   * @param {string} directory for the tarballs
   * @returns {Promise<string[]>} the names of the packages
   */
  async publishAll(directory) {
    mkdirSync(directory);
    writeFileSync(join(directory, ".npmrc"), this.npmrc);
    const packages = publicPackages();
    for (const { directory: home } of packages) {
      const packed = ["pnpm", "--dir", home, "pack", "--pack-destination", directory];
      await quietly(packed, root);
    }
    const tarballs = readdirSync(directory).filter((name) => name.endsWith(".tgz"));
    if (tarballs.length !== packages.length)
      throw new Error(`${packages.length} packages, but the tarballs are ${tarballs.join(", ")}`);
    for (const tarball of tarballs) {
      await quietly(["npm", "publish", `./${tarball}`, "--registry", this.url, "--access", "public"], directory);
    }
    return packages.map(({ manifest }) => manifest.name);
  }

  /** Ends the process that this one started, and no other. */
  async stop() {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
  }
}

/** @param {readonly string[]} command @param {string} cwd */
async function quietly([command = "", ...args], cwd) {
  const { code, output } = await run(command, args, { output: "quiet", cwd });
  if (code === 0) return;
  console.log(`${[command, ...args].join(" ")} ended with ${code}:\n${output}`);
  throw new StepFailed(`${command} ${args[0] ?? ""}`, 1);
}
