import { QscError } from "@qsc/contract";
import { WATCH_WINDOW } from "../watch/window-size.js";
import type { CanaryWorld } from "./world.js";

/**
 * How many of the newest entries the watch of a unit judges: what the command line in its files says. Where no one is
 * started, what the operator says, who starts the watch.
 * @param watchUnit null: the operator starts the watch
 * @param asked what the operator says; null for nothing
 * @throws QscError `window_differs`, `window_unreadable` where a unit is started that says something else, or cannot be understood
 */
export async function watchWindowOf(
  { services, files }: Pick<CanaryWorld, "services" | "files">,
  watchUnit: string | null,
  asked: number | null,
): Promise<number> {
  if (watchUnit === null) return asked ?? WATCH_WINDOW;
  const { fragment, dropIns } = await services.state(watchUnit);
  const texts = await Promise.all([...(fragment === null ? [] : [fragment]), ...dropIns].map((path) => files.read(path)));
  const window = windowIn(texts.map((text) => text ?? "").join("\n"));
  if (window === null) throw new QscError("window_unreadable", `The --window of ${watchUnit} cannot be read; write it as a number in its ExecStart=.`);
  if (asked === null || asked === window) return window;
  throw new QscError("window_differs", `${watchUnit} judges the newest ${window} entries, not ${asked}; write --window ${asked} into its ExecStart=, or say --watch-unit none and watch yourself.`);
}

/** The window that the last command line of a unit's files names; null where it is no number. */
function windowIn(text: string): number | null {
  const commands = text.replaceAll("\\\n", " ").split("\n").filter((line) => /^\s*ExecStart\s*=/.test(line));
  const words = (commands.at(-1) ?? "").replaceAll(/["']/g, " ").split(/[\s=]+/);
  const place = words.lastIndexOf("--window");
  if (place < 0) return WATCH_WINDOW;
  const given = words[place + 1] ?? "";
  return /^\d+$/.test(given) ? Number(given) : null;
}
