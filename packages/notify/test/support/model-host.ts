import { basename, dirname } from "node:path";
import type { NotifyFiles, OpenLog } from "../../src/log/files.js";

/** A file's bytes: those that programs see, and those that survive a power cut. */
interface Inode {
  readonly number: number;
  text: string;
  durable: string;
}

/** A disk and a receiver, both of which outlive the process that is being killed. */
export class ModelHost {
  #names = new Map<string, Inode>();
  #durable = new Map<string, Inode>();
  #inodes = 0;
  /** The keys that arrived at the receiver, in order. */
  readonly arrived: string[] = [];

  /** What a command that acts does: the line and its name are on the disk before it goes on. */
  append(path: string, text: string): void {
    const inode = this.#names.get(path) ?? this.make(path);
    inode.text += text;
    inode.durable = inode.text;
    this.#durable.set(path, inode);
  }

  rotate(from: string, to: string): void {
    this.rename(from, to);
    this.syncDirectory(dirname(from));
  }

  /** What is lost when the power is cut: all that was not synced. */
  cutPower(): void {
    this.#names = new Map(this.#durable);
    for (const inode of this.#names.values()) inode.text = inode.durable;
  }

  get(path: string): Inode | null {
    return this.#names.get(path) ?? null;
  }

  make(path: string): Inode {
    this.#inodes += 1;
    const inode = { number: this.#inodes, text: "", durable: "" };
    this.#names.set(path, inode);
    return inode;
  }

  rename(from: string, to: string): void {
    const inode = this.#names.get(from);
    if (inode === undefined) throw new Error(`ENOENT: ${from}`);
    this.#names.delete(from);
    this.#names.set(to, inode);
  }

  remove(path: string): void {
    this.#names.delete(path);
  }

  list(directory: string): readonly string[] {
    return [...this.#names.keys()].filter((path) => dirname(path) === directory).map((path) => basename(path));
  }

  sync(path: string): void {
    const inode = this.#names.get(path);
    if (inode !== undefined) inode.durable = inode.text;
  }

  syncDirectory(directory: string): void {
    const inDirectory = (path: string): boolean => dirname(path) === directory;
    for (const path of [...this.#durable.keys()].filter(inDirectory)) this.#durable.delete(path);
    for (const [path, inode] of this.#names) if (inDirectory(path)) this.#durable.set(path, inode);
  }
}

/**
 * The life of one process, which ends at its `endsAt`th step, counted from 1, as kill -9 ends it: from then on nothing
 * it has begun goes on, so that no `catch` or `finally` of it runs.
 */
export class Life {
  readonly #endsAt: number;
  #end: () => void = () => undefined;
  steps = 0;
  /** Resolves when the process was killed. */
  readonly killed = new Promise<"killed">((resolve) => {
    this.#end = () => {
      resolve("killed");
    };
  });

  constructor(endsAt: number) {
    this.#endsAt = endsAt;
  }

  /** Takes steps of an effect; the process may be killed before the first, between two, and after the last. */
  async take<T>(steps: readonly (() => void)[], answer: () => T): Promise<T> {
    for (const step of [() => undefined, ...steps]) {
      if (this.steps >= this.#endsAt) await new Promise<never>(() => undefined);
      step();
      this.steps += 1;
      if (this.steps === this.#endsAt) this.#end();
    }
    if (this.steps >= this.#endsAt) await new Promise<never>(() => undefined);
    return answer();
  }
}

/** The files of a process on a host. */
export function filesOf(host: ModelHost, life: Life): NotifyFiles {
  return {
    read: (path) => life.take([], () => host.get(path)?.text ?? null),
    create: (path, text) => {
      const put = (part: number) => (): void => {
        const inode = host.get(path);
        if (inode !== null) inode.text = text.slice(0, part);
      };
      return life.take([() => void host.make(path), put(text.length / 2), put(text.length)], () => undefined);
    },
    sync: (path) => life.take([() => host.sync(path)], () => undefined),
    rename: (from, to) => life.take([() => host.rename(from, to)], () => undefined),
    remove: (path) => life.take([() => host.remove(path)], () => undefined),
    syncDirectory: (path) => life.take([() => host.syncDirectory(path)], () => undefined),
    list: (path) => life.take([], () => host.list(path)),
    open: (path) => life.take([], () => openLog(host, path)),
  };
}

function openLog(host: ModelHost, path: string): OpenLog | null {
  const inode = host.get(path);
  if (inode === null) return null;
  const bytes = Buffer.from(inode.text);
  return {
    identity: { device: 1, inode: inode.number },
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}
