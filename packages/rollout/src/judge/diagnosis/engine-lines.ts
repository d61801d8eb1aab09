import { parseEngineLine, type JournalFinding, type ModelLine } from "@qsc/contract";

/** The most reasons of one kind that are counted separately; the rest count together. */
const MOST_REASONS = 100;
const FURTHER = "further reasons";
/** The characters of a reason, and of a line, that are kept. */
const REASON_LENGTH = 200;
const SAMPLE_LENGTH = 500;

/** Counts the lines of one start of an engine that report on its models. Memory is bounded. */
export class EngineLines {
  readonly #findings = new Map<string, JournalFinding>();
  #build: string | null = null;
  #lines = 0;

  add(line: string): void {
    this.#lines += 1;
    const read = parseEngineLine(line);
    if (read === null) return;
    if (read.kind === "build") this.#build = read.build.slice(0, REASON_LENGTH);
    else this.#count(read.kind, read.model?.slice(0, REASON_LENGTH) ?? null, reasonOf(read), line);
  }

  /** Lines so far, of any kind. */
  get lines(): number {
    return this.#lines;
  }

  /** The build that the engine reports; null if it does not. */
  get build(): string | null {
    return this.#build;
  }

  /** The most frequent first; then the start-up lines in their order. */
  get findings(): readonly JournalFinding[] {
    const all = [...this.#findings.values()];
    const rest = all.filter(({ kind }) => kind !== "init").sort((a, b) => b.count - a.count);
    return [...rest, ...all.filter(({ kind }) => kind === "init")];
  }

  #count(kind: JournalFinding["kind"], model: string | null, reason: string, line: string): void {
    const exact = JSON.stringify([kind, model, reason]);
    const isNew = !this.#findings.has(exact);
    const isTooMuch =
      isNew && [...this.#findings.values()].filter((finding) => finding.kind === kind).length >= MOST_REASONS;
    const key = isTooMuch ? kind : exact;
    const found = this.#findings.get(key);
    this.#findings.set(key, {
      kind,
      model: isTooMuch ? null : model,
      reason: isTooMuch ? FURTHER : reason,
      count: (found?.count ?? 0) + 1,
      sample: found?.sample ?? line.slice(0, SAMPLE_LENGTH),
    });
  }
}

/** The code of a reason if the line has one, otherwise its text. */
function reasonOf({ kind, text, reason }: ModelLine): string {
  const said = (reason ?? text).slice(0, REASON_LENGTH);
  return said === "" ? kind.replace("_", " ") : said;
}

/** Whether a name in the journal (`XGB`) means a model of the telemetry (`xgboost`). */
export function meansModel(name: string, model: string): boolean {
  const [short, long] = [name, model]
    .map((text) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, ""))
    .sort((a, b) => a.length - b.length);
  return (
    short !== undefined && short !== "" && (short === long || (short.length >= 3 && long?.startsWith(short) === true))
  );
}
