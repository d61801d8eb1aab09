import { compareIds, MAX_ID, nextId, QscError, type EntryId } from "@qsc/contract";
import type { NewEntry } from "../ports/sink.js";
import { assertReadable, readableFields } from "./readable.js";
import type { Signer } from "../signature/sign-entry.js";
import type { Store } from "./store.js";

/** How many entries are sent in one piece, which occupies a server or a disk without a pause. */
export const RUN_ENTRIES = 1000;
const RUN_UNITS = 4 * 1024 * 1024;
const RUN_TEXTS = 50_000;

/** How often other writers may come first before an append gives up. */
const ROUNDS = 100;

/** What is known of one entry. */
interface Record {
  /** Every ID it was sent under; the last one is also the next to try. */
  readonly ids: EntryId[];
  readonly fields: readonly string[];
  /** The ID under which it is known to be written. */
  written: EntryId | null;
}

/**
 * Publishes each entry exactly once, over a store whose answers may be lost and which other writers use too.
 *
 * An entry is sent again under the same ID as before. Since the store accepts only rising IDs, it cannot be there
 * twice, even if the first command is carried out after the second. It gets another ID only when the store's last ID
 * has reached or passed its own, so that it can never be written under it, and it is not there.
 */
export class Publisher {
  readonly #store: Store;
  readonly #signer: Signer | null;
  readonly #records = new WeakMap<NewEntry, Record>();

  constructor(store: Store, signer: Signer | null = null) {
    this.#store = store;
    this.#signer = signer;
  }

  /** See `EventSink.append`. Each call must begin after the one before it has ended. */
  async append(entries: readonly NewEntry[]): Promise<readonly EntryId[]> {
    entries.forEach(assertReadable);
    const records = entries.map((entry) => this.#recordOf(entry));
    for (let rounds = 0; ;) {
      const run = nextRun(records);
      if (run.length === 0) break;
      if (await this.#store.add(run.map(sent))) for (const record of run) record.written = lastOf(record);
      else {
        if (++rounds > ROUNDS) throw overtaken();
        await this.#findOrMove(run);
      }
    }
    return records.map((record) => record.written ?? lastOf(record));
  }

  #recordOf(entry: NewEntry): Record {
    let record = this.#records.get(entry);
    if (record === undefined) {
      const fields = readableFields(entry.fields);
      record = { ids: [entry.id], fields: this.#signer?.(entry.id, fields) ?? fields, written: null };
      this.#records.set(entry, record);
    }
    return record;
  }

  /** Looks for the entries of a refused run. Those that are not there get IDs after the last entry. */
  async #findOrMove(run: readonly Record[]): Promise<void> {
    const last = await this.#store.lastId();
    const late = run.filter((record) => compareIds(lastOf(record), last) <= 0);
    const asked = late.flatMap((record) => record.ids.map((id) => ({ record, id, fields: record.fields })));
    const there = await this.#store.holds(asked);
    asked.forEach(({ record, id }, at) => {
      if (there[at] === true) record.written = id;
    });
    let behind = last;
    for (const record of late) {
      if (record.written !== null) continue;
      if (behind === MAX_ID) throw exhausted();
      behind = nextId(behind);
      record.ids.push(behind);
    }
  }
}

/** The first entries that are not known to be written, as long as their IDs rise and they fit in one piece. */
function nextRun(records: readonly Record[]): Record[] {
  const run: Record[] = [];
  let units = 0;
  let texts = 0;
  for (const record of records) {
    if (record.written !== null) continue;
    const before = run.at(-1);
    if (before !== undefined && compareIds(lastOf(record), lastOf(before)) <= 0) break;
    for (const text of record.fields) units += text.length;
    texts += record.fields.length;
    const full = run.length === RUN_ENTRIES || units > RUN_UNITS || texts > RUN_TEXTS;
    if (full && before !== undefined) break;
    run.push(record);
  }
  return run;
}

function sent(record: Record): NewEntry {
  return { id: lastOf(record), fields: record.fields };
}

function lastOf({ ids }: Record): EntryId {
  return ids[ids.length - 1] as EntryId;
}

function overtaken(): QscError {
  return new QscError(
    "sink_failed",
    `Other writers came first ${ROUNDS} times in a row; find out who else writes there, and try again.`,
  );
}

function exhausted(): QscError {
  return new QscError(
    "sink_failed",
    `The last entry has the largest ID there is, ${MAX_ID}: nothing can follow it. Use another stream or event log.`,
  );
}
