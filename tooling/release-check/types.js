/** @typedef {import("./project.js").Project} Project */

/** Entries of each library, besides the main one. @type {Readonly<Record<string, readonly string[]>>} */
const ENTRIES = {
  "@qsc/contract": ["/schemas"],
  "@qsc/fail-closed": ["/onnx", "/opentelemetry", "/prom-client"],
  "@qsc/report": ["/live", "/metrics"],
  "@qsc/rollout": ["/judging"],
  "@qsc/stream-reader": ["/sink"],
  "@qsc/violations": ["/degeneracy"],
};
/** Optional peers that the types of an entry name. */
const PEERS = ["zod", "@opentelemetry/api@^1.9.0", "prom-client@^15.0.0"];
/** Their types name those of Node: a socket, a process, a file. */
const NEED_NODE = ["@qsc/stream-reader", "@qsc/systemd", "@qsc/notify", "@qsc/rollout", "@qsc/fleet", "@qsc/workers"];

const RESOLUTIONS = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
];

/**
 * The types of all libraries, each declaration file checked: for Node and for a bundler, with Node's types, and without
 * them where a library needs none.
 *
 * @param {readonly string[]} libraries
 * @returns {(project: Project) => Promise<void>}
 */
export function typesCheck(libraries) {
  return async (project) => {
    await project.install(...libraries, ...PEERS, "typescript@~6.0.3", "@types/node@~20.19.0");
    for (const types of [["node"], []]) {
      const checked = types.length > 0 ? libraries : libraries.filter((name) => !NEED_NODE.includes(name));
      const entries = checked.flatMap((name) => [name, ...(ENTRIES[name] ?? []).map((entry) => name + entry)]);
      const imports = entries.map((entry, index) => `import * as m${index} from "${entry}";\nvoid m${index};\n`);
      project.write("all.mts", imports.join(""));
      for (const resolution of RESOLUTIONS) {
        const compilerOptions = {
          ...resolution,
          types,
          target: "es2023",
          strict: true,
          skipLibCheck: false,
          noEmit: true,
        };
        project.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["all.mts"] }));
        await project.succeed(["tsc", "-p", "."]);
      }
    }
  };
}
