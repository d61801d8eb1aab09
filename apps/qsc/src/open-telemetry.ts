import type { EventSource } from "@qsc/stream-reader";
import type { Settings } from "./settings.js";

/** Opens the telemetry that the settings name. */
export async function openTelemetry({ source, stream, ca }: Settings, follow: boolean): Promise<EventSource> {
  const { openSource } = await import("@qsc/stream-reader");
  return openSource(source, { stream, follow, ...(ca === null ? {} : { ca }) });
}
