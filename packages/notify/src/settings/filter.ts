import { QscError } from "@qsc/contract";
import { EVENT_NAMES, EVENTS, type NoticeEvent } from "../notice/events.js";
import { SEVERITIES, type Severity } from "../notice/notice.js";

/** What the settings say of a channel's events. */
export interface WantedEvents {
  /** The setting, for messages. */
  readonly name: string;
  /** The least severity; null: any. */
  readonly atLeast: Severity | null;
  /** The events by name; null: all. */
  readonly events: readonly NoticeEvent[] | null;
  /** See `ChannelKind`. */
  readonly keepsIncidents: boolean;
}

/**
 * The events that a channel is told of. One that keeps incidents open gets those that begin an incident, and every
 * event that may end one of them.
 * @throws QscError `invalid_config` if there would be none, or if an event that is named cannot be sent there
 */
export function eventsFor({ name, atLeast, events, keepsIncidents }: WantedEvents): ReadonlySet<NoticeEvent> {
  const least = atLeast === null ? 0 : SEVERITIES.indexOf(atLeast);
  const wanted = (events ?? EVENT_NAMES).filter((event) => SEVERITIES.indexOf(EVENTS[event].severity) >= least);
  const found = keepsIncidents ? withEnds(wanted) : wanted;
  const unsendable =
    keepsIncidents && events?.find((event) => EVENTS[event].opens === null && EVENTS[event].closes.length === 0);
  if (typeof unsendable === "string")
    throw new QscError(
      "invalid_config",
      `${name}.events has '${unsendable}', which neither begins nor ends an incident: this kind of channel shows only incidents. Leave it out.`,
    );
  if (found.length === 0)
    throw new QscError(
      "invalid_config",
      `${name} would be told of no event: events and atLeast exclude each other. Change one.`,
    );
  return new Set(found);
}

function withEnds(wanted: readonly NoticeEvent[]): readonly NoticeEvent[] {
  const begun = wanted.flatMap((event) => EVENTS[event].opens ?? []);
  return EVENT_NAMES.filter((event) => {
    const { opens, closes } = EVENTS[event];
    return (opens !== null && wanted.includes(event)) || closes.some((incident) => begun.includes(incident));
  });
}
