import { dirname } from "node:path";
import { QscError } from "@qsc/contract";

/** A file's bytes: those that programs see, and those that survive a power cut. */
interface Inode {
  text: string;
  durable: string;
}

/**
 * What a power cut loses: each name and each file's bytes that were not synced may be kept or lost; bytes may also be
 * half written.
 */
export interface Loss {
  readonly names: "kept" | "lost";
  readonly contents: "kept" | "lost" | "torn";
}

const LOSSES: readonly Loss[] = (["kept", "lost"] as const).flatMap((names) =>
  (["kept", "lost", "torn"] as const).map((contents) => ({ names, contents })),
);

/** A file system in memory. Only what was synced is sure to survive a power cut. */
export class Disk {
  #names = new Map<string, Inode>();
  #durable = new Map<string, Inode>();

  read(path: string): string | null {
    return this.#names.get(path)?.text ?? null;
  }

  names(): readonly string[] {
    return [...this.#names.keys()];
  }

  /** Creates or empties a file. */
  create(path: string): void {
    const inode = this.#names.get(path);
    if (inode === undefined) this.#names.set(path, { text: "", durable: "" });
    else inode.text = "";
  }

  put(path: string, text: string): void {
    const inode = this.#names.get(path);
    if (inode === undefined) throw noSuchFile(path);
    inode.text = text;
  }

  sync(path: string): void {
    const inode = this.#names.get(path);
    if (inode === undefined) throw noSuchFile(path);
    inode.durable = inode.text;
  }

  syncDirectory(path: string): void {
    for (const name of this.#durable.keys()) if (dirname(name) === path) this.#durable.delete(name);
    for (const [name, inode] of this.#names) if (dirname(name) === path) this.#durable.set(name, inode);
  }

  rename(from: string, to: string): void {
    const inode = this.#names.get(from);
    if (inode === undefined) throw noSuchFile(from);
    this.#names.delete(from);
    this.#names.set(to, inode);
  }

  remove(path: string): void {
    this.#names.delete(path);
  }

  clone(): Disk {
    const copies = new Map<Inode, Inode>();
    const copied = (inode: Inode): Inode => {
      const copy = copies.get(inode) ?? { ...inode };
      copies.set(inode, copy);
      return copy;
    };
    const disk = new Disk();
    disk.#names = new Map([...this.#names].map(([name, inode]) => [name, copied(inode)]));
    disk.#durable = new Map([...this.#durable].map(([name, inode]) => [name, copied(inode)]));
    return disk;
  }

  /** For comparison: each name, now and after a power cut, with its file. */
  toJSON(): unknown {
    const files = [...new Set([...this.#names.values(), ...this.#durable.values()])];
    const named = (names: ReadonlyMap<string, Inode>): unknown =>
      [...names].map(([name, inode]) => [name, files.indexOf(inode)]).sort();
    return [named(this.#names), named(this.#durable), files];
  }

  /** The losses with different results; if everything is synced there is only one. */
  losses(): readonly Loss[] {
    const seen = new Set<string>();
    return LOSSES.filter((loss) => {
      const image = JSON.stringify([...this.#after(loss)].sort());
      return seen.size < seen.add(image).size;
    });
  }

  losePower(loss: Loss): void {
    const left = this.#after(loss);
    this.#names = new Map([...left].map(([name, text]) => [name, { text, durable: text }]));
    this.#durable = new Map(this.#names);
  }

  #after({ names, contents }: Loss): ReadonlyMap<string, string> {
    const left = names === "kept" ? this.#names : this.#durable;
    return new Map(
      [...left].map(([name, { text, durable }]) => [
        name,
        contents === "kept" ? text : contents === "lost" ? durable : torn(text, durable),
      ]),
    );
  }
}

function torn(text: string, durable: string): string {
  const kept = text.startsWith(durable) ? durable.length : 0;
  return text.slice(0, kept + Math.floor((text.length - kept) / 2));
}

function noSuchFile(path: string): QscError {
  return new QscError("file_failed", `ENOENT: no such file or directory, '${path}'`);
}
