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
    append: (path, text) => {
      const make = (): void => { if (disk.read(path) === null) disk.create(path); };
      // Each part goes to the end of the file, wherever another has put that meanwhile.
      const part = (from: number, to?: number) => (): void => { roomFor(); disk.put(path, `${disk.read(path) ?? ""}${text.slice(from, to)}`); };
      const middle = Math.floor(text.length / 2);
      return effects.take("files.append", [make, part(0, 1), part(1, middle), part(middle)], () => undefined);
    },
    sync: (path) => effects.take("files.sync", [() => { disk.sync(path); }], () => undefined),
    syncDirectory: (path) => effects.take("files.syncDirectory", [() => { disk.syncDirectory(path); }], () => undefined),
    rename: (from, to) => effects.take("files.rename", [() => { disk.rename(from, to); }], () => undefined),
    requireRemovable: () => effects.take("files.requireRemovable", [], () => undefined),
    remove: (path) => effects.take("files.remove", [() => { disk.remove(path); }], () => undefined),
    makeDirectory: () => effects.take("files.makeDirectory", [], () => undefined),
  };
}
