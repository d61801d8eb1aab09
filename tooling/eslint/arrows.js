// Who may import whom: importer -> imported. An import that is not in these tables is a lint error.

/** @type {Readonly<Record<string, readonly string[]>>} */
export const arrows = {
  "packages/stats": [],
  "packages/contract": [],
  "packages/systemd": ["contract"],
  "packages/stream-reader": ["contract"],
  "packages/violations": ["contract", "stats"],
  "packages/degeneracy": ["violations"],
  "packages/fail-closed": ["contract", "stats", "violations"],
  "packages/report": ["contract"],
  "packages/notify": ["contract"],
  "packages/rollout": ["contract", "stats", "stream-reader", "violations", "systemd", "report"],
  "packages/fleet": ["contract"],
  "packages/workers": ["contract", "stream-reader", "violations", "rollout"],
  "apps/qsc": [
    ...["contract", "fail-closed", "notify", "report", "rollout", "stream-reader", "violations", "systemd"],
    ...["fleet", "workers"],
  ],
  "apps/ai-engine": ["contract", "stream-reader", "fail-closed", "violations", "stats"],
  "apps/demo": ["systemd"],
  "apps/console": ["contract", "report", "rollout"],
  "apps/judge": ["contract", "report", "rollout", "violations"],
};

/**
 * The rooms of a package, and which of its other rooms each may import. Files outside any room are on top: no room
 * imports them. package -> room -> rooms.
 *
 * @type {Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>}
 */
export const rooms = {
  "packages/rollout": {
    host: [],
    judge: ["host"],
    operation: ["host", "judge"],
    canary: ["host", "judge", "operation"],
    watch: ["host", "judge", "operation", "canary"],
  },
};

/**
 * Modules that one package wraps for all others: module -> the only folders whose source may import it. The demo is an
 * operator at a terminal, who types commands.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const confined = {
  child_process: ["packages/systemd", "apps/demo"],
  execa: ["packages/fleet"],
  bullmq: ["packages/workers"],
  ioredis: ["packages/stream-reader", "packages/workers"],
  "@nats-io/jetstream": ["packages/stream-reader"],
  "@nats-io/transport-node": ["packages/stream-reader"],
  "onnxruntime-node": ["packages/fail-closed"],
};
