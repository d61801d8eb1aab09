/**
 * Loads what a command that acts may need until its end. It may run for hours, and an update of `qsc` meanwhile removes
 * the files that it has not loaded. (Node looks for a loaded file once more if another file imports it. Bundled, this
 * module is in one file with those that import late, but for the schemas, which are kept once they are loaded.)
 */
export async function loadWhole(): Promise<void> {
  const [{ loadSchemas }] = await Promise.all([
    import("@qsc/rollout"),
    import("@qsc/report"),
    import("@qsc/rollout/judging"),
    import("@qsc/stream-reader"),
    import("@qsc/systemd"),
    import("./watch-notifier.js"),
    import("./metrics-file.js"),
  ]);
  await loadSchemas();
}
