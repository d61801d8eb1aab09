import { parseDistinct, QscError } from "@qsc/contract";
import type { ProbeInput } from "@qsc/fail-closed/onnx";
import { readOptionFile } from "../read-file.js";

/**
 * The inputs that `--row` gives, each as JSON or as a file of it.
 * @throws QscError `usage`
 */
export function inputsIn(given: readonly string[]): Promise<readonly ProbeInput[]> {
  return Promise.all(
    given.map(async (each) => {
      const input = await valueIn(each, "--row", "Row");
      if (isList(input) || isRecord(input)) return input as ProbeInput;
      throw new QscError(
        "usage",
        `--row '${brief(each)}' is neither a list of numbers, such as [0.004, 62], nor an object of them by feature.`,
      );
    }),
  );
}

/**
 * The object that `--metadata` gives, as JSON or as a file of it; null if it is not given.
 * @throws QscError `usage`
 */
export async function metadataIn(given: string | null): Promise<Readonly<Record<string, unknown>> | null> {
  if (given === null) return null;
  const metadata = await valueIn(given, "--metadata", "Metadata");
  if (isRecord(metadata)) return metadata;
  throw new QscError("usage", `--metadata '${brief(given)}' is not a JSON object, such as {"run": 7}.`);
}

async function valueIn(given: string, flag: string, what: string): Promise<unknown> {
  const isJson = /^\s*[[{]/.test(given);
  const json = isJson ? given : await readOptionFile(what, given, "usage");
  try {
    return parseDistinct(json);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError("usage", `${flag} '${brief(given)}' is not JSON: ${why}.`, { cause });
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Enough to recognise it. */
function brief(given: string): string {
  return given.length > 80 ? `${given.slice(0, 77)}...` : given;
}
