/** What is known of the notifications of a unit. */
export interface NotificationHealth {
  /** In a few words, for a step. */
  readonly said: string;
  /** What a person should look at, in sentences; empty if everything is sent. */
  readonly warnings: readonly string[];
}
