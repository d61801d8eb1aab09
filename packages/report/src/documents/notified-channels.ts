import type { NotifiedChannel } from "@qsc/contract";
import type { Block } from "../blocks.js";
import { plain } from "./shared.js";

/** A row for each channel: whether the other side accepted the newest message, and what it said. */
export function channelTable(channels: readonly NotifiedChannel[]): readonly Block[] {
  if (channels.length === 0) return [];
  const rows = channels.map(({ channel, kind, accepted, said }) => [
    plain(channel),
    plain(kind),
    accepted === null
      ? plain("nothing was sent")
      : { text: accepted ? "accepted" : "not accepted", tone: accepted ? ("good" as const) : ("bad" as const) },
    plain(said),
  ]);
  return [{ kind: "table", title: "Channels", head: ["channel", "kind", "answer", "detail"], rows }];
}
