import { inertText } from "@qsc/contract";
import { destination, pino, type Logger } from "pino";
import { Sparing } from "./sparing.js";

/** The engine's log: one JSON object a line, but for the lines that operators grep for. Nothing in it ever throws. */
export interface Log {
  readonly json: Logger;
  /** One of the lines whose form is agreed with operators, as it is. */
  readonly line: (text: string) => void;
  /** For what happens again and again. */
  readonly sparing: Sparing;
}

/** A log on stdout. Written at once, so that the last words of a process are there too. */
export function openLog(level: string): Log {
  const out = destination({ fd: 1, sync: true });
  // A reader of the log that went away, or a disk that is full, does not end the engine.
  out.on("error", () => undefined);
  const write = (text: string): void => {
    try {
      out.write(text);
    } catch {
      // There is no other place to say it.
    }
  };
  return {
    json: pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, { write }),
    line: (text) => { write(`${inertText(text)}\n`); },
    sparing: new Sparing(),
  };
}
