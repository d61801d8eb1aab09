import { iso } from "@qsc/contract";
import type { NotifyFiles } from "../log/files.js";
import type { LogItem } from "../log/parse.js";
import type { LogPosition } from "../log/position.js";
import { noticeOf, ownNotice } from "../notice/compose.js";
import type { NoticeEvent } from "../notice/events.js";
import { findReport, type Reports } from "../notice/find-report.js";
import type { Notice } from "../notice/notice.js";

/** What the notices of a log have in common. */
export interface Source {
  readonly files: NotifyFiles;
  readonly path: string;
  readonly reports: Reports;
  readonly unit: string;
  readonly host: string;
  readonly now: () => number;
}

/** The notices of an item of the log that a channel with these events is told of: first of a fault, then of the entry. */
export async function noticesOf(
  source: Source,
  events: ReadonlySet<NoticeEvent>,
  { entry, fault, after }: LogItem,
  from: LogPosition,
): Promise<readonly Notice[]> {
  const notices: Notice[] = [];
  if (fault !== null && events.has("audit_log_changed"))
    notices.push(faultNotice(source, fault, entry?.hash ?? null, from));
  if (entry !== null && events.has(entry.event)) {
    const canary = after.canary?.unit === entry.unit ? after.canary : null;
    const report = await findReport(source.files, source.reports, entry);
    notices.push(noticeOf(entry, { model: canary?.model ?? null, report }));
  }
  return notices;
}

function faultNotice(
  { path, unit, host, now }: Source,
  fault: string,
  next: string | null,
  { last }: LogPosition,
): Notice {
  return ownNotice("audit_log_changed", {
    at: iso(now()),
    unit,
    host,
    identity: { fault, last, next },
    title: "The audit log is not what it was",
    why: `${path}: ${fault}`,
    done: "Notifications continue with what the log has now. Some may be missing, or come again with the key they had.",
    next: "Run qsc audit verify. Keep the log and its copies for the investigation.",
  });
}
