import { QscError } from "@qsc/contract";
import type { Files } from "../../../src/canary/files.js";
import type { Effects } from "./effects.js";
import type { Machine } from "./machine.js";

/** The files of a process on a machine. */
export function filesOf(machine: Machine, effects: Effects): Files {
  const roomFor = (): void => {
    if (machine.diskIsFull) throw new QscError("file_failed", "ENOSPC: no space left on device.");
  };
  const { disk } = machine;
  const put = (path: string, text: string) => (): void => { disk.put(path, text); };
  return {
    list: () => effects.take("files.list", [], () => []),
    read: (path) => effects.take("files.read", [], () => disk.read(path)),
    write: (path, text) => {
      const make = (): void => { disk.create(path); };
      const half = (): void => { roomFor(); disk.put(path, text.slice(0, text.length / 2)); };
      return effects.take("files.write", [make, half, put(path, text)], () => undefined);
    },
    overwrite: (path, text) => effects.take("files.overwrite", [put(path, text)], () => undefined),
    append: async (path, text, before) => {
      const lock = `file ${path}`;
      let isSame = false;
      const free = (): void => { if (machine.locks.get(lock) === effects) machine.locks.delete(lock); };
      const make = (): void => {
        if (machine.locks.has(lock)) throw new QscError("file_failed", `Cannot append to '${path}': another command is writing to it.`);
        isSame = (disk.read(path) ?? "") === (before ?? "");
        if (!isSame) return;
        machine.locks.set(lock, effects);
        if (disk.read(path) === null) disk.create(path);
      };
      const grow = (part: number) => (): void => { if (isSame) disk.put(path, `${before ?? ""}${text.slice(0, part)}`); };
      const line = (): void => { if (isSame) roomFor(); grow(1)(); };
      const last = (): void => { grow(text.length)(); free(); };
      try {
        return await effects.take("files.append", [make, line, grow(text.length / 2), last], () => isSame);
      } catch (thrown) {
        free();
        throw thrown;
      }
    },
    sync: (path) => effects.take("files.sync", [() => { disk.sync(path); }], () => undefined),
    syncDirectory: (path) => effects.take("files.syncDirectory", [() => { disk.syncDirectory(path); }], () => undefined),
    rename: (from, to) => effects.take("files.rename", [() => { disk.rename(from, to); }], () => undefined),
    requireRemovable: () => effects.take("files.requireRemovable", [], () => undefined),
    remove: (path) => effects.take("files.remove", [() => { disk.remove(path); }], () => undefined),
    makeDirectory: () => effects.take("files.makeDirectory", [], () => undefined),
  };
}
