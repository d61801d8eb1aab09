import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** A key with a certificate, as PEM and as files. */
export interface Certified {
  readonly privateKey: string;
  readonly certificate: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** What a certificate says, in the words of openssl's configuration. */
export interface CertificateOptions {
  readonly extensions: readonly string[];
  /** Who certifies it; itself if left out. */
  readonly issuer?: Certified;
  /** When it begins and ends, such as `20260101000000Z`. */
  readonly validity?: readonly [from: string, to: string];
  /** A file with a key that there is already; a fresh one of P-256 if left out. */
  readonly key?: string;
}

/** The extensions of an authority, and of who signs models. */
export const AUTHORITY: readonly string[] = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
export const SIGNER: readonly string[] = ["basicConstraints=CA:FALSE", "keyUsage=critical,digitalSignature"];

/** A key with a certificate that openssl makes in a directory. */
export async function certified(
  directory: string,
  name: string,
  { extensions, issuer, validity = ["20250101000000Z", "20400101000000Z"], key }: CertificateOptions,
): Promise<Certified> {
  const openssl = (...args: readonly string[]) => promisify(execFile)("openssl", args, { cwd: directory });
  const at = (suffix: string): string => join(directory, `${name}.${suffix}`);
  const [keyFile, certificateFile] = [key ?? at("key"), at("crt")];
  if (key === undefined)
    await openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", keyFile);
  await openssl("req", "-new", "-key", keyFile, "-subj", `/CN=${name}`, "-out", at("csr"));
  await writeFile(
    at("conf"),
    [
      ...["[ca]", "default_ca=own", "[own]", `database=${at("db")}`, `new_certs_dir=${directory}`, "policy=any"],
      ...["default_md=sha256", "rand_serial=yes", "unique_subject=no", "[any]", "commonName=supplied", "[ext]"],
      ...extensions,
    ].join("\n"),
  );
  await writeFile(at("db"), "");
  await openssl(
    ...[
      "ca",
      "-batch",
      "-notext",
      "-config",
      at("conf"),
      "-extensions",
      "ext",
      "-in",
      at("csr"),
      "-out",
      certificateFile,
    ],
    ...["-startdate", validity[0], "-enddate", validity[1]],
    ...(issuer === undefined
      ? ["-selfsign", "-keyfile", keyFile]
      : ["-cert", issuer.certificateFile, "-keyfile", issuer.keyFile]),
  );
  const [privateKey, certificate] = await Promise.all([readFile(keyFile, "utf8"), readFile(certificateFile, "utf8")]);
  return { privateKey, certificate, certificateFile, keyFile };
}
