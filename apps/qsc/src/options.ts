import type { Options } from "yargs";

/** The options that every command takes. */
export const COMMON_OPTIONS: Readonly<Record<string, Options>> = {
  source: {
    type: "string",
    description: "Where the telemetry is: redis://, rediss:// or file: [redis://127.0.0.1:6379]",
  },
  stream: { type: "string", description: "The stream's key [quantum:stream:trade.intent]" },
  ca: { type: "string", description: "CA certificate (PEM file) for rediss://" },
  cert: { type: "string", description: "Client certificate (PEM file) for rediss://, where the server wants one" },
  key: { type: "string", description: "Private key (PEM file) of the client certificate" },
  "verify-key": {
    type: "string",
    description: "Key files that the engine's signatures are verified with: Ed25519 public keys (PEM), or its secret; commas between them",
  },
  policy: { type: "string", description: "Policy file (YAML or JSON) that tightens limits" },
  workdir: { type: "string", description: "Directory for reports, and for the state of a canary [.]" },
  unit: { type: "string", description: "The engine's unit [quantum-ai-engine.service]" },
  config: { type: "string", description: "Config file with these settings [qsc.config.yaml]" },
  json: { type: "boolean", default: false, description: "One JSON document on stdout" },
  quiet: { type: "boolean", default: false, description: "No words: exit code and report only, and the reasons of a refusal" },
};

/** The options of commands that act on a unit. */
export const UNIT_OPTIONS: Readonly<Record<string, Options>> = {
  services: { type: "string", description: "What runs the unit: system, user, or child:DIR [system]" },
  host: { type: "string", description: "Act on another machine, user@machine, over ssh" },
};

/** The options of commands that judge a window of telemetry. */
export const WINDOW_OPTIONS: Readonly<Record<string, Options>> = {
  after: {
    type: "string",
    description: "Judge events of this time and later: the cutover (ISO 8601 with zone)",
  },
  count: { type: "string", description: "Judge only the newest N entries" },
  "as-of": {
    type: "string",
    description: "Judge old telemetry as if it were this time (ISO 8601 with zone)",
  },
};
