// A registry for release:check: a child process that listens on a free port, tells it, and ends with its parent.
const { createRequire } = require("node:module");

const [home = "", directory = ""] = process.argv.slice(2);
// Installed by release:check, not by pnpm.
const { runServer } = createRequire(`${home}/package.json`)("verdaccio");

process.on("disconnect", () => process.exit());
runServer({
  configPath: directory,
  self_path: directory,
  storage: `${directory}/storage`,
  auth: { htpasswd: { file: `${directory}/htpasswd`, max_users: -1 } },
  // Only what is published here: all else comes from the registry that npm is set up for.
  uplinks: {},
  packages: { "@qsc/*": { access: "$all", publish: "$all", unpublish: "$all" } },
  max_body_size: "100mb",
  web: { enable: false },
  log: { type: "stdout", format: "pretty", level: "warn" },
}).then((/** @type {import("node:http").Server} */ server) => {
  server.listen(0, "127.0.0.1", () => process.send?.({ address: server.address() }));
});
