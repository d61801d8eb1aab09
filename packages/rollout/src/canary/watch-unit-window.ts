import { QscError } from "@qsc/contract";
import { WATCH_WINDOW } from "./window-size.js";
import type { OperationContext } from "../operation/context.js";

/**
 * How many of the newest entries the watch judges: for a unit, the `--window` of the command line in its files;
 * otherwise what the operator, who starts the watch, asks for.
 * @param watchUnit null: the operator starts the watch
 * @param asked what the operator asks for; null if nothing
 * @throws QscError `window_differs`, `window_unreadable` if the unit to be started has another window, or one that
 * cannot be read
 */
export async function watchWindowOf(
  { services, files }: Pick<OperationContext, "services" | "files">,
  watchUnit: string | null,
  asked: number | null,
): Promise<number> {
  if (watchUnit === null) return asked ?? WATCH_WINDOW;
  const { fragment, dropIns } = await services.state(watchUnit);
  const texts = await Promise.all(
    [...(fragment === null ? [] : [fragment]), ...dropIns].map((path) => files.read(path)),
  );
  const window = windowIn(texts.map((text) => text ?? "").join("\n"));
  if (window === null)
    throw new QscError(
      "window_unreadable",
      `The --window of ${watchUnit} cannot be read; write it as a number in its ExecStart=.`,
    );
  if (asked === null || asked === window) return window;
  throw new QscError(
    "window_differs",
    `${watchUnit} judges the newest ${window} entries, not ${asked}; write --window ${asked} into its ExecStart=, or pass --watch-unit none and start qsc monitor yourself.`,
  );
}

/** The window in the last command line of a unit's files; null if it is not a number. */
function windowIn(text: string): number | null {
  const commands = text
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => /^\s*ExecStart\s*=/.test(line));
  const words = (commands.at(-1) ?? "").replaceAll(/["']/g, " ").split(/[\s=]+/);
  const place = words.lastIndexOf("--window");
  if (place < 0) return WATCH_WINDOW;
  const given = words[place + 1] ?? "";
  return /^\d+$/.test(given) ? Number(given) : null;
}
