import { parseDuration, QscError } from "@qsc/contract";
import { text, type Flags } from "../command.js";
import type { Option } from "../option.js";

/** The options of commands that workers can read for. */
export const SPREAD_OPTIONS: Readonly<Record<"parts" | "deadline", Option>> = {
  parts: {
    type: "string",
    group: "What is judged:",
    description: "With --queue: into how many parts a range of 20,000 entries or more is divided, from 2 to 1024",
    defaultDescription: "four for each worker",
  },
  deadline: {
    type: "string",
    group: "What is judged:",
    description: "With --queue: the longest wait for all parts; after that nothing is proven",
    defaultDescription: "10m",
  },
};

/** How the workers are used; null if this process reads. @throws QscError `usage` */
export function spreadOf(
  flags: Flags,
  queue: string | null,
): { readonly queue: string; readonly parts?: number; readonly deadlineMs?: number } | null {
  const [parts, deadline] = [text(flags, "parts"), text(flags, "deadline")];
  if (queue === null) {
    const given = parts !== null ? "--parts" : deadline !== null ? "--deadline" : null;
    if (given === null) return null;
    throw new QscError("usage", `${given} has no effect without --queue; name the workers' queue or leave it out.`);
  }
  for (const other of ["threads", "count"])
    if (text(flags, other) !== null)
      throw new QscError(
        "usage",
        `--${other} and --queue exclude each other; leave one of them out${other === "count" ? ": one process reads the newest entries" : ""}.`,
      );
  return {
    queue,
    ...(parts !== null && { parts: partsOf(parts) }),
    ...(deadline !== null && { deadlineMs: parseDuration(deadline, "--deadline") }),
  };
}

function partsOf(given: string): number {
  const parts = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (parts >= 2 && parts <= 1024) return parts;
  throw new QscError("usage", `--parts '${given}' is not a number of parts; write a whole number from 2 to 1024.`);
}
