import type { WatchProgress } from "@qsc/contract";
import type { StateReader } from "../canary/state.js";
import type { Reading } from "./reading.js";
import type { Watched } from "./reducer.js";

/** What a run of a watch starts with. */
export interface Begun {
  readonly watched: Watched;
  readonly progress: WatchProgress;
  readonly reading: Reading;
  readonly stateFile: StateReader;
}
