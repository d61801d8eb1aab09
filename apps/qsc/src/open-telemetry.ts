import type { EventSource, OpenOptions } from "@qsc/stream-reader";
import { requireOwn } from "./read-file.js";
import { tlsFiles, verifyKeysOf } from "./settings/keys.js";
import type { Settings } from "./settings/table.js";

/** Names of the PEM files, for messages. */
const PEM = { ca: "CA certificate", cert: "Client certificate", key: "Private key" } as const;

/** Telemetry, as `openSource` takes it. */
interface Telemetry {
  readonly url: string;
  readonly options: OpenOptions;
}

/**
 * The telemetry that the settings name.
 * @throws QscError, also if another user could have chosen which servers TLS trusts
 */
export async function telemetryOf(settings: Settings, follow: boolean): Promise<Telemetry> {
  const { streamKeys, tlsFilesOf } = await import("@qsc/stream-reader");
  const { source: url } = settings;
  const stream = streamKeys(settings.stream);
  const files = tlsFilesOf(url, tlsFiles(settings));
  for (const name of ["ca", "cert", "key"] as const) {
    if (files[name] !== undefined) await requireOwn(PEM[name], files[name], "invalid_source");
  }
  const verifyKeys = verifyKeysOf(settings);
  return { url, options: { stream, follow, ...tlsFiles(settings), ...(verifyKeys.length > 0 && { verifyKeys }) } };
}

/** Opens the telemetry that the settings name. @throws QscError like `telemetryOf`, and of a source */
export async function openTelemetry(settings: Settings, follow: boolean): Promise<EventSource> {
  const { openSource } = await import("@qsc/stream-reader");
  const { url, options } = await telemetryOf(settings, follow);
  return openSource(url, options);
}
