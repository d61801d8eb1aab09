import type { EventSource } from "@qsc/stream-reader";
import { tlsFiles, verifyKeysOf, type Settings } from "./settings.js";

/** Opens the telemetry that the settings name. */
export async function openTelemetry(settings: Settings, follow: boolean): Promise<EventSource> {
  const { openSource } = await import("@qsc/stream-reader");
  const { source, stream } = settings;
  const verifyKeys = verifyKeysOf(settings);
  return openSource(source, { stream, follow, ...tlsFiles(settings), ...(verifyKeys.length > 0 && { verifyKeys }) });
}
