/**
 * Keeps onnxruntime-node from reporting to its vendor, the default since 1.29, and from keeping a database for that in
 * the home directory. An existing variable is left as it is.
 *
 * Call it on the main thread before a session's thread starts: the native library reads the environment of the process,
 * and in other threads `process.env` is only a copy.
 */
export function optOutOfTelemetry(): void {
  process.env["ORT_DISABLE_TELEMETRY"] ??= "1";
}
