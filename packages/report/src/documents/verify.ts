import type { VerifyDocument } from "@qsc/contract";
import type { Block } from "../blocks.js";
import { headline, plain, reasons } from "./shared.js";

/** The report of a verification. */
export function verifyBlocks(document: VerifyDocument): readonly Block[] {
  const { report, attestation, source, again, differences, judgedAt, host, toolVersion, digest } = document;
  const rows: readonly (readonly [string, string])[] = [
    ["report", `${report.path}: ${report.verdict}, judged at ${report.judgedAt} from ${report.source}`],
    ...(attestation === undefined
      ? []
      : [["signed", `${attestation.path}, by the key ${attestation.keyIds.join(", ")}`] as const]),
    ["judged again", source],
    ["its digest", report.digest],
    ["digest again", again ?? "-"],
  ];
  const table: readonly Block[] =
    differences.length === 0
      ? []
      : [
          {
            kind: "table",
            title: "What differs",
            head: ["member", "report", "again"],
            rows: differences.map((each) => [each.member, each.report ?? "-", each.again ?? "-"].map(plain)),
          },
        ];
  return [
    headline("report against its events", document),
    { kind: "facts", rows },
    ...reasons(document),
    ...table,
    {
      kind: "facts",
      rows: [
        ["verified at", `${judgedAt} on ${host} by qsc ${toolVersion}`],
        ["digest", digest],
      ],
    },
  ];
}
