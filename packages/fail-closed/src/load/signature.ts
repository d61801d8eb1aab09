import { besideFile, openModelSignature, readFile } from "#host";
import { ModelError } from "../errors.js";
import { readUtf8 } from "../utf8.js";
import { messageOf, named } from "../words.js";

/** Whose signature a model must have, in the format of OpenSSF model signing. */
export interface SignatureDemand {
  /**
   * PEM files: public keys of signers, and certificates of signers or of authorities that certify them. Read at each
   * load. No user but their owner may write to them.
   */
  readonly trusted: readonly string[];
  /** The signature's file, in the manifest's directory; default `model.sig`. */
  readonly file?: string;
}

/** The name that OpenSSF's own tool gives to a signature. */
const DEFAULT_FILE = "model.sig";

/** A file that was read: its name in the directory, and the SHA-256 of its bytes. */
export interface HashedFile {
  readonly file: string;
  readonly sha256: string;
}

/**
 * Requires that someone trusted has signed these files with these names.
 * @param manifestPath the signature is beside it
 * @throws ModelError `signature_missing` or `signature_invalid`
 */
export async function requireSignature(
  manifestPath: string,
  { trusted, file = DEFAULT_FILE }: SignatureDemand,
  files: readonly HashedFile[],
): Promise<void> {
  const text = await textOf(besideFile(manifestPath, file), file);
  const signed = await openModelSignature(text, trusted).catch((cause: unknown) => {
    throw new ModelError("signature_invalid", `Signature ${named(file)} proves nothing: ${messageOf(cause)}`, {
      cause,
    });
  });
  for (const each of files) {
    const digest = signed.get(each.file);
    if (digest === each.sha256) continue;
    const found = digest === undefined ? "does not cover it" : `covers one with the SHA-256 ${digest}`;
    throw new ModelError(
      "signature_invalid",
      `File ${named(each.file)} has the SHA-256 ${each.sha256}, and the signature ${named(file)} ${found}`,
    );
  }
}

async function textOf(path: string, file: string): Promise<string> {
  try {
    return readUtf8(await readFile(path));
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (isMissing) throw new ModelError("signature_missing", `Signature ${named(file)} is missing`, { cause });
    throw new ModelError("signature_invalid", `Signature ${named(file)} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
