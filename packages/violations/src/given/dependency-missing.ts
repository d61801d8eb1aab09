import { QscError } from "@qsc/contract";

/** The optional packages, and the versions that are tested. package.json has the same. */
const VERSIONS = { mathjs: "^15.1.1", yaml: "^2.9.1" } as const;

/**
 * The error for an optional package that cannot be loaded: what to install.
 *
 * @param purpose what needs it, as the start of a sentence
 */
export function dependencyMissing(name: keyof typeof VERSIONS, purpose: string, cause: unknown): QscError {
  const why = cause instanceof Error ? (cause.message.split("\n", 1)[0] ?? "") : String(cause);
  const remedy = `Install it: npm install ${name}@${VERSIONS[name]}`;
  return new QscError(
    "dependency_missing",
    `${purpose} needs the package '${name}', which could not be loaded (${why}). ${remedy}.`,
    { cause },
  );
}
