// Who may import whom: importer -> imported. Whatever is not in these tables is a lint error.

/** @type {Readonly<Record<string, readonly string[]>>} */
export const arrows = {
  "packages/stats": [],
  "packages/contract": [],
  "packages/systemd": ["contract"],
  "packages/stream-reader": ["contract"],
  "packages/violations": ["contract", "stats"],
  "packages/fail-closed": ["contract", "stats", "violations"],
  "packages/report": ["contract"],
  "packages/rollout": ["contract", "stats", "stream-reader", "violations", "systemd", "report"],
  "apps/qsc": ["contract", "report", "rollout", "stream-reader", "violations", "systemd"],
  "apps/ai-engine": ["contract", "stream-reader", "fail-closed", "violations", "stats"],
  "apps/console": ["contract"],
};

/**
 * Modules that one package wraps for all the others: module -> the only folder whose source may import it.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const confined = {
  child_process: "packages/systemd",
  execa: "packages/systemd",
  ioredis: "packages/stream-reader",
  "onnxruntime-node": "packages/fail-closed",
};
