import { inertText } from "@qsc/contract";
import { destination, pino, type Logger } from "pino";
import { Sparing } from "./sparing.js";

/** The engine's log: one JSON object a line, but for the lines that operators grep for. */
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
  // A reader of the log that went away does not end the engine.
  out.on("error", () => undefined);
  return {
    json: pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, out),
    line: (text) => { out.write(`${inertText(text)}\n`); },
    sparing: new Sparing(),
  };
}
