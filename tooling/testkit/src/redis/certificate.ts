import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed certificate for 127.0.0.1, made for one test. It is its own certificate authority. */
export async function selfSignedCertificate(directory: string): Promise<Certificate> {
  const certificate = join(directory, "redis.crt");
  const key = join(directory, "redis.key");
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    ...["-keyout", key, "-out", certificate],
  ]);
  return { certificate, key };
}
