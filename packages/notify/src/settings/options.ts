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
  /** The value of an option that holds a text, a URL or a secret. */
  readonly text: (option: string) => string | null;
  /** Whether an option that is a flag is set. */
  readonly flag: (option: string) => boolean;
  /** Every secret of the channel: none may ever be in a message, an error or a file. */
  readonly secrets: readonly string[];
}

/** The options of a channel by their names. A flag that is not given is not set. */
export function optionsIn(
  name: string,
  values: Readonly<Record<string, string | boolean>>,
): Omit<ChannelOptions, "secrets"> {
  const own = new Map(Object.entries(values));
  const text = (option: string): string | null => {
    const value = own.get(option);
    return typeof value === "string" ? value : null;
  };
  return { name, text, flag: (option) => own.get(option) === true };
}

/** An option that its row says is needed. */
export function required(options: Omit<ChannelOptions, "secrets">, option: string): string {
  const value = options.text(option);
  if (value === null) throw new TypeError(`option ${option} of channel ${options.name} was not checked`);
  return value;
}
