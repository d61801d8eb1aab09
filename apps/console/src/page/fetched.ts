import { byId, make, say } from "./dom.js";

/** An answer that takes longer counts as none, in milliseconds. */
const PATIENCE_MS = 10_000;

/** A part of the page that is fetched by itself, because it changes seldom. */
export interface Fetched {
  /** The newest version that there is: it is fetched unless it is shown. */
  want(version: number): void;
  /** Tries again what failed. */
  retry(): void;
  /** The console may be another one, whose versions begin again. */
  forget(): void;
}

/**
 * Fetches JSON from a path and shows it. If that fails, what stands there is from before: it stays, and each of its
 * sections says since when it may be wrong.
 * @param ids of the sections that show it
 */
export function fetched(path: string, ids: readonly string[], show: (data: unknown) => void): Fetched {
  const notes = ids.map((id) => {
    const note = make("p", { class: "notice bad", role: "status" });
    note.hidden = true;
    byId(id).querySelector("h2")?.after(note);
    return note;
  });
  let [wanted, shown] = [0, 0];
  let shownAt: string | null = null;
  let isFetching = false;
  const tell = (problem: string | null): void => {
    for (const note of notes) {
      note.hidden = problem === null;
      say(note, problem ?? "");
    }
  };
  const fetchNow = async (): Promise<void> => {
    const version = wanted;
    const answer = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    show(await answer.json());
    [shown, shownAt] = [version, `${new Date().toISOString().slice(0, 19)}Z`];
    tell(null);
  };
  const retry = (): void => {
    if (isFetching || shown === wanted) return;
    isFetching = true;
    fetchNow()
      .catch((thrown: unknown) => {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        const old = shownAt === null ? "This is not known yet" : `OLD: this is from ${shownAt}, and has changed since`;
        tell(`${old}. The console was asked for it, and failed: ${why}.`);
      })
      .finally(() => {
        isFetching = false;
      });
  };
  return {
    want: (version) => {
      wanted = version;
      retry();
    },
    retry,
    forget: () => {
      shown = 0;
    },
  };
}
