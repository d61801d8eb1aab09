/** What a channel's option holds. */
export interface OptionRow {
  readonly about: string;
  /** `secret`: the settings only say where it is. `url`: an address that is checked before anything is sent to it. */
  readonly holds: "text" | "url" | "secret" | "secret url" | "flag";
  /** Whether it must be given. */
  readonly isNeeded: boolean;
}

/** The values of a channel's options, checked; secrets are already read. Null: not given. */
export interface ChannelOptions {
  /** The channel's name, for messages. */
  readonly name: string;
  readonly text: (option: string) => string | null;
  readonly flag: (option: string) => boolean;
  /** Every secret of the channel: none may ever be in a message, an error or a file. */
  readonly secrets: readonly string[];
}

/** An option that its row says is needed. */
export function required(options: ChannelOptions, option: string): string {
  const value = options.text(option);
  if (value === null) throw new TypeError(`option ${option} of channel ${options.name} was not checked`);
  return value;
}
