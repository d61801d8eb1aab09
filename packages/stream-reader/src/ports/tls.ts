import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { QscError } from "@qsc/contract";
import type { TlsFiles } from "./tls-files.js";

/** The contents of PEM files. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const WORDS = { ca: "certificate authority", cert: "client certificate", key: "client key" } as const;

/** The TLS settings of a location, from its files; null if it uses none. @throws QscError `invalid_source` */
export async function readTls({ tls }: { readonly tls: TlsFiles | null }): Promise<Tls | null> {
  if (tls === null) return null;
  const read: { ca?: string; cert?: string; key?: string } = {};
  for (const name of ["ca", "cert", "key"] as const) {
    const path = tls[name];
    if (path !== undefined) read[name] = await readPem(name, path);
  }
  try {
    createSecureContext(read);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const files = Object.entries(tls)
      .map(([name, path]) => `${name} '${path}'`)
      .join(", ");
    throw new QscError(
      "invalid_source",
      `TLS cannot be set up with ${files}: ${why}. Check that each is a PEM file, that the key has no passphrase, and that it belongs to the certificate.`,
      { cause },
    );
  }
  return read;
}

async function readPem(name: keyof typeof WORDS, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new QscError(
      "invalid_source",
      `The ${WORDS[name]} '${path}' cannot be read; name a PEM file with ${name}=.`,
      { cause },
    );
  }
}
