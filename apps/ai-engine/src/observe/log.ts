import { inertText } from "@qsc/contract";
import { destination, pino, type Logger } from "pino";
import { Sparing } from "./sparing.js";

/** The engine's log: one JSON object per line, except for the lines that operators grep for. Logging never throws. */
export interface Log {
  readonly json: Logger;
  /** Writes one of the lines whose form is agreed with operators, unchanged. */
  readonly line: (text: string) => void;
  /** For events that repeat. */
  readonly sparing: Sparing;
}

/** A log on stdout. Written synchronously, so that the last lines of a process are not lost. */
export function openLog(level: string): Log {
  const out = destination({ fd: 1, sync: true });
  // If the log's reader goes away or the disk is full, the engine continues.
  out.on("error", () => undefined);
  const write = (text: string): void => {
    try {
      out.write(text);
    } catch {
      // There is no other place to report it.
    }
  };
  return {
    json: pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, { write }),
    line: (text) => {
      write(`${inertText(text)}\n`);
    },
    sparing: new Sparing(),
  };
}
