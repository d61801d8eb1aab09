import type { EventSource } from "@qsc/stream-reader";
import { requireOwn } from "./read-file.js";
import { tlsFiles, verifyKeysOf } from "./settings/keys.js";
import type { Settings } from "./settings/table.js";

/** Names of the PEM files, for messages. */
const PEM = { ca: "CA certificate", cert: "Client certificate", key: "Private key" } as const;

/**
 * Opens the telemetry that the settings name.
 * @throws QscError, also if another user could have chosen which servers TLS trusts
 */
export async function openTelemetry(settings: Settings, follow: boolean): Promise<EventSource> {
  const { openSource, streamKeys, tlsFilesOf } = await import("@qsc/stream-reader");
  const { source, stream } = settings;
  const files = tlsFilesOf(source, tlsFiles(settings));
  for (const name of ["ca", "cert", "key"] as const) {
    if (files[name] !== undefined) await requireOwn(PEM[name], files[name], "invalid_source");
  }
  const verifyKeys = verifyKeysOf(settings);
  return openSource(source, {
    stream: streamKeys(stream),
    follow,
    ...tlsFiles(settings),
    ...(verifyKeys.length > 0 && { verifyKeys }),
  });
}
