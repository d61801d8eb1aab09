import { parseTime, QscError } from "@qsc/contract";
import type { WindowRequest } from "@qsc/rollout";
import { text, type Flags } from "./command.js";

/** The window of telemetry that a command line asks for. @throws QscError `usage` or `invalid_time` */
export function windowOf(flags: Flags): WindowRequest {
  const after = text(flags, "after");
  const asOf = text(flags, "as-of");
  const [count, threads] = [countOf(text(flags, "count")), threadsOf(text(flags, "threads"))];
  if (count !== null && threads !== null)
    throw new QscError(
      "usage",
      "--threads has no effect with --count, whose entries one thread reads; leave one of them out.",
    );
  return {
    afterMs: after === null ? null : parseTime(after, "--after").firstMs,
    asOf: asOf === null ? null : parseTime(asOf, "--as-of"),
    count,
    ...(threads !== null && { threads }),
  };
}

function countOf(given: string | null): number | null {
  if (given === null) return null;
  const count = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new QscError(
      "usage",
      `--count '${given}' is not a count; write a whole number from 1 to ${Number.MAX_SAFE_INTEGER}, such as 2000.`,
    );
  }
  return count;
}

function threadsOf(given: string | null): number | null {
  if (given === null) return null;
  const threads = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (threads >= 1 && threads <= 64) return threads;
  throw new QscError("usage", `--threads '${given}' is not a number of threads; write a whole number from 1 to 64.`);
}
