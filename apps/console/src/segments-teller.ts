import { asQscError, type QscError } from "@qsc/contract";
import { watchedSegments, type ConsoleRequest, type WatchedSegments } from "@qsc/rollout";
import type { Feed } from "./feed/feed.js";
import { segmentsViewOf } from "./view/segments.js";

/** Tells of each symbol, once for each state: reading the evidence takes a while, and anyone who may look may ask. */
export function segmentsTeller(
  feed: Pick<Feed, "look">,
  policy: ConsoleRequest["policy"],
  say: ConsoleRequest["say"],
): () => Promise<string> {
  const said = new Set<string>();
  // The message may quote the file, and those who may look may not be those who may read it.
  const onProblem = ({ code, message }: QscError): void => {
    if (!said.has(message)) say(`Symbols are not shown: [${code}] ${message}`);
    said.add(message);
  };
  let kept: { readonly state: object; readonly text: Promise<string> } | null = null;
  return async () => {
    const { state } = (await feed.look()).observation;
    if (kept?.state !== state)
      kept = {
        state,
        text: segmentsIn(state, policy, onProblem).then((found) => JSON.stringify(segmentsViewOf(found))),
      };
    return kept.text;
  };
}

/** What the watch has seen of each symbol, under the policy as it is now. */
async function segmentsIn(
  state: Parameters<typeof watchedSegments>[0],
  policy: ConsoleRequest["policy"],
  onProblem: (error: QscError) => void,
): Promise<WatchedSegments> {
  try {
    return watchedSegments(state, await policy());
  } catch (thrown) {
    const error = asQscError(thrown);
    onProblem(error);
    return { models: [], problem: `the policy cannot be used (${error.code}). The console's output says why.` };
  }
}
