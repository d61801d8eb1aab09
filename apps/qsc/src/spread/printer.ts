import type { SpreadProgress } from "@qsc/workers";
import { bar } from "../bar.js";
import type { Io } from "../io.js";

/** Prints how many parts were read: a bar on a terminal, otherwise a line for each tenth of them; nothing when quiet. */
export function partsPrinter(io: Io, quiet: boolean): (progress: SpreadProgress) => void {
  if (quiet) return () => undefined;
  let last = -1;
  return ({ read, parts, workers }) => {
    const said = `${read} of ${parts} parts read by ${workers} ${workers === 1 ? "worker" : "workers"}`;
    if (io.interactive) {
      io.err(`\r\u001b[K${`${bar(read / parts)} ${said}`.slice(0, io.columns - 1)}${read === parts ? "\n" : ""}`);
      return;
    }
    const step = Math.floor((read / parts) * 10);
    if (step === last) return;
    last = step;
    io.err(`${said}\n`);
  };
}
