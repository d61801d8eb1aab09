import { parseDistinct, QscError, type GateDocument } from "@qsc/contract";
import { loadSchemas } from "../operation/schemas.js";

/** A report's file. */
export interface GivenReport {
  readonly path: string;
  readonly text: string;
}

/** The document in a report of a quality gate. @throws QscError `report_unusable` */
export async function gateIn({ path, text }: GivenReport): Promise<GateDocument> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new QscError("report_unusable", `The report ${path} is not the JSON of a quality gate: ${why}.`, { cause });
  };
  let value: unknown;
  try {
    value = parseDistinct(text);
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { gateDocument } = await loadSchemas();
  const read = gateDocument.safeParse(value);
  if (read.success) return value as GateDocument;
  const [issue] = read.error.issues;
  return refuse(issue === undefined ? "it has another form" : `${issue.path.join(".") || "it"}: ${issue.message}`);
}
