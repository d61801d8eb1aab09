import { onTestFinished } from "vitest";
import { openSink, type EventSink, type OpenSinkOptions } from "../../src/sink/index.js";

/** A sink that is closed after the test. */
export async function openedSink(url: string, options: OpenSinkOptions = {}): Promise<EventSink> {
  const sink = await openSink(url, options);
  onTestFinished(() => sink.close());
  return sink;
}
