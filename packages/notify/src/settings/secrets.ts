import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { inertText, QscError } from "@qsc/contract";

/** Where secrets can be. */
export interface SecretPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
}

const FORMS = "file:/PATH, env:NAME or credential:NAME";
const MOST_BYTES = 64 * 1024;
const READABLE_BY_ANYONE = 0o004;

/** Whether a reference to a secret has one of the forms, so that a secret that was written itself is never shown. */
export function isReference(value: string): boolean {
  return /^(?:file:\/.+|env:[A-Za-z_]\w*|credential:\w[\w.-]*)$/s.test(value);
}

/** The name of a systemd credential that a reference names; null if it names another place. */
export function credentialOf(reference: string): string | null {
  return /^credential:(\w[\w.-]*)$/.exec(reference)?.[1] ?? null;
}

/**
 * Reads a secret: the whole text but for white space at its end.
 * @param name the setting, such as `notify.channels.ops.secret`
 * @throws QscError `invalid_config` for another form, `secret_missing` if it cannot be read; never with the secret
 */
export async function readSecret(name: string, reference: string, { env }: SecretPlaces): Promise<string> {
  if (!isReference(reference))
    throw new QscError("invalid_config", `${name} must say where the secret is, not what it is. Write ${FORMS}.`);
  const rest = reference.slice(reference.indexOf(":") + 1);
  if (reference.startsWith("env:")) return required(name, reference, env[rest]);
  if (reference.startsWith("file:")) return fromFile(name, reference, rest);
  const directory = env["CREDENTIALS_DIRECTORY"];
  if (directory === undefined || !isAbsolute(directory))
    throw missing(name, reference, "this process was given no credentials: they come from LoadCredential= of its unit");
  return fromFile(name, reference, join(directory, rest));
}

async function fromFile(name: string, reference: string, path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > MOST_BYTES) throw new Error("it is not a regular file of at most 64 KiB");
    if ((found.mode & READABLE_BY_ANYONE) !== 0) throw new Error(`any user may read it; run: chmod o-r ${path}`);
    return required(name, reference, await readFile(path, "utf8"));
  } catch (thrown) {
    if (thrown instanceof QscError) throw thrown;
    throw missing(name, reference, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function required(name: string, reference: string, value: string | undefined): string {
  const secret = value?.trimEnd() ?? "";
  if (secret === "") throw missing(name, reference, "it is empty or not set");
  if (/[\p{Cc}]/u.test(secret)) throw missing(name, reference, "it has a line break or another control character");
  return secret;
}

function missing(name: string, reference: string, why: string): QscError {
  return new QscError(
    "secret_missing",
    `${name}: the secret ${inertText(reference)} cannot be used: ${inertText(why)}.`,
  );
}
