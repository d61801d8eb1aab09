/** PEM files for TLS, by their paths. */
export interface TlsFiles {
  /** The certificate authority to trust for `rediss://` and `tls://`; default: the system's. */
  readonly ca?: string;
  /** The client certificate, for a server that asks for one. Needs `key`. */
  readonly cert?: string;
  /** The private key of that certificate. */
  readonly key?: string;
}

/** The names of the files as options, as parameters of a URL, and in messages. */
export const TLS_FILES = ["ca", "cert", "key"] as const;
