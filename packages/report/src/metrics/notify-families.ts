import type { Family } from "./exposition.js";
import { family, single, timestamp } from "./family.js";

/** What is known of the notifications: their channels are named in the settings, so they are few. */
export interface MeasuredNotifications {
  /** When a notifier last said that it was alive; null if none ever did. ISO 8601 UTC. */
  readonly aliveAt: string | null;
  readonly channels: readonly {
    readonly channel: string;
    readonly kind: string;
    /** How many wait to be accepted. */
    readonly waiting: number;
    /** When the oldest of them was logged; null if none waits. ISO 8601 UTC. */
    readonly since: string | null;
    /** Whether the other side refused the last attempt, or could not be reached. */
    readonly isFailing: boolean;
  }[];
}

/** The metrics of the notifications; null is unknown, and leaves their values out. */
export function notifyFamilies(measured: MeasuredNotifications | null): readonly Family[] {
  const channels = (measured?.channels ?? []).map((each) => ({
    ...each,
    labels: { channel: each.channel, kind: each.kind },
  }));
  return [
    family(
      "notifications_waiting",
      "gauge",
      "How many notifications the channel has not accepted yet.",
      channels.map(({ labels, waiting }) => ({ labels, value: waiting })),
    ),
    family(
      "notification_oldest_timestamp_seconds",
      "gauge",
      "When the oldest notification that waits for the channel was logged; absent if none waits.",
      channels.flatMap(({ labels, since }) => (since === null ? [] : [{ labels, value: timestamp(since) }])),
    ),
    family(
      "notification_channel_failing",
      "gauge",
      "1 while the channel does not accept notifications, 0 while it does.",
      channels.map(({ labels, isFailing }) => ({ labels, value: Number(isFailing) })),
    ),
    single(
      "notifier_alive_timestamp_seconds",
      "gauge",
      "When the notifier last said that it was alive; absent if none ever did, or if that is unknown.",
      timestamp(measured?.aliveAt ?? null),
    ),
  ];
}
