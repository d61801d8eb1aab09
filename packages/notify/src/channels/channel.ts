import type { Notice } from "../notice/notice.js";
import type { ChannelOptions, OptionRow } from "../settings/options.js";

/** What the other side answered to a message that it accepted. */
export interface Accepted {
  /** In a few words, without a secret. */
  readonly said: string;
}

/** Sends messages to one place. */
export interface Channel {
  /**
   * Sends a message, and resolves once the other side has taken responsibility for it. May be called again with the same
   * notice: what it sends then carries the same key, where the platform has a place for it.
   * @throws DeliveryError
   */
  send(notice: Notice, signal: AbortSignal): Promise<Accepted>;
}

/** All that is known of a kind of channel. */
export interface ChannelKind {
  /** For documentation, in a few words. */
  readonly about: string;
  /** What the settings may say, by name. */
  readonly options: Readonly<Record<string, OptionRow>>;
  /**
   * Whether the platform keeps alerts open until they are resolved. Such a channel gets only events that begin or end an
   * incident, and always the end of one whose beginning it gets.
   */
  readonly keepsIncidents: boolean;
  /**
   * Checks what the table of options cannot say, before any secret is read: a secret option has its reference.
   * @throws QscError `invalid_config`, `address_refused`
   */
  readonly check?: (options: Omit<ChannelOptions, "secrets">) => void;
  /** Loads its libraries: a notifier does so at its start, because an update of `qsc` later may remove the files. */
  readonly load: () => Promise<unknown>;
  /** Opens the channel, but connects to nothing. @throws QscError `invalid_config` */
  readonly open: (options: ChannelOptions) => Channel | Promise<Channel>;
}

/** A message that was not accepted. Its text has no secret. */
export class DeliveryError extends Error {
  /** How long the other side asks to wait, in milliseconds; null if it does not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, { retryAfterMs = null }: { readonly retryAfterMs?: number | null } = {}) {
    super(message);
    this.name = "DeliveryError";
    this.retryAfterMs = retryAfterMs;
  }
}
