/**
 * Keeps onnxruntime-node from reporting to its vendor, which since 1.29 it does unless it is told not to, and from
 * keeping a database for that in the home directory. A variable that is set already stands.
 *
 * To be called on the main thread before a session's thread starts: the native library reads the environment of the
 * process, of which `process.env` is but a copy in any other thread.
 */
export function optOutOfTelemetry(): void {
  process.env["ORT_DISABLE_TELEMETRY"] ??= "1";
}
