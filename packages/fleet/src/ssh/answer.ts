import { EXIT, inertText } from "@qsc/contract";
import { z } from "zod";

/** What is read of a document of `qsc` on a host. The rest of it stays as it is. */
export interface HostDocument {
  readonly kind: string;
  readonly verdict: "pass" | "fail" | "unknown" | "collected";
  readonly exitCode: number;
  readonly reasons: readonly string[];
  readonly codes?: readonly string[] | undefined;
  readonly [member: string]: unknown;
}

/** What a host said to a command. */
export type Answer =
  /** It exited with 0, and its document says the same. */
  | { readonly kind: "proven"; readonly document: HostDocument }
  /** Its document says why not. */
  | { readonly kind: "refused"; readonly document: HostDocument }
  /** It was not reached, or the connection was lost: what became of the command is unknown. */
  | { readonly kind: "unreachable"; readonly detail: string }
  /** It was reached, and what came back says nothing for certain. */
  | { readonly kind: "unclear"; readonly detail: string };

const documentShape: z.ZodType<HostDocument> = z
  .looseObject({
    kind: z.string(),
    verdict: z.enum(["pass", "fail", "unknown", "collected"]),
    exitCode: z.int(),
    reasons: z.array(z.string()),
    codes: z.array(z.string()).optional(),
  })
  .refine(
    ({ verdict, exitCode, reasons }) => (verdict === "pass") === (exitCode === EXIT.proven && reasons.length === 0),
    "its verdict, reasons and exit code contradict each other",
  );

/** An error before there was a document: `qsc --json` prints it, too. */
const errorShape = z.looseObject({
  kind: z.literal("error"),
  verdict: z.literal("unknown"),
  exitCode: z.int().min(1),
  code: z.string(),
  message: z.string(),
});

/** How a command over ssh ended. */
export interface Ended {
  /** Null if it did not exit by itself. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The exit code of ssh itself; of `qsc` it is none. */
const SSH_FAILED = 255;
/** The most that is said of what a host printed. */
const LONGEST_DETAIL = 300;

/**
 * What a command of `qsc` with `--json` has answered. Only a document that agrees with the exit code counts, and only
 * one of that kind: a host whose shell prints something of its own, or that runs something else, answers nothing.
 * @param kind of the document that was asked for
 */
export function answerOf({ exitCode, stdout, stderr }: Ended, kind: string): Answer {
  if (exitCode === SSH_FAILED || exitCode === null) return { kind: "unreachable", detail: shown(stderr) };
  const document = documentOf(stdout);
  if (typeof document === "string")
    return { kind: "unclear", detail: `${document}; it exited with ${exitCode}: ${shown(stderr)}` };
  if (document.exitCode !== exitCode)
    return { kind: "unclear", detail: `it exited with ${exitCode}, and its document says ${document.exitCode}` };
  if (document.verdict === "pass" && document.kind !== kind)
    return { kind: "unclear", detail: `a document of '${document.kind}' came, not of '${kind}'` };
  return { kind: document.verdict === "pass" ? "proven" : "refused", document };
}

function documentOf(stdout: string): HostDocument | string {
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    return stdout.trim() === "" ? "no document came" : `what came is not one JSON document: ${shown(stdout)}`;
  }
  const error = errorShape.safeParse(json);
  if (error.success) {
    const { code, message } = error.data;
    return { ...error.data, reasons: [message], codes: [code] };
  }
  const read = documentShape.safeParse(json);
  return read.success ? read.data : `what came is not a document of qsc: ${read.error.issues[0]?.message ?? ""}`;
}

function shown(text: string): string {
  const line = inertText(text.trim().split("\n").at(-1) ?? "");
  return line === "" ? "nothing was said" : line.slice(0, LONGEST_DETAIL);
}
