import { basename, dirname } from "node:path";
import { QscError } from "@qsc/contract";
import type { Files, Owner } from "../../../src/host/files.js";
import type { Effects } from "./effects.js";
import type { Machine } from "./machine.js";

const ROOT: Owner = { uid: 0, gid: 0 };

/** The files of a process on a machine. */
export function filesOf(machine: Machine, effects: Effects): Files {
  const roomFor = (): void => {
    if (machine.diskIsFull) throw new QscError("file_failed", "ENOSPC: no space left on device.");
  };
  const { disk } = machine;
  const change = (path: string, how: () => void) => (): void => {
    if (machine.diskIsReadOnly && path.startsWith("/work/"))
      throw new QscError("file_failed", `EROFS: read-only file system, '${path}'.`);
    how();
  };
  const put = (path: string, text: string): (() => void) =>
    change(path, () => {
      disk.put(path, text);
    });
  return {
    list: (path) =>
      effects.take("files.list", [], () =>
        disk.names().flatMap((name) => (dirname(name) === path ? [basename(name)] : [])),
      ),
    read: (path) => effects.take("files.read", [], () => disk.read(path)),
    write: (path, text) => {
      const make = change(path, () => {
        disk.create(path);
      });
      const half = (): void => {
        roomFor();
        disk.put(path, text.slice(0, text.length / 2));
      };
      return effects.take("files.write", [make, half, put(path, text)], () => undefined);
    },
    overwrite: (path, text) => effects.take("files.overwrite", [put(path, text)], () => undefined),
    append: async (path, text, before) => {
      const lock = `file ${path}`;
      let isSame = false;
      const free = (): void => {
        if (machine.locks.get(lock) === effects) machine.locks.delete(lock);
      };
      const make = change(path, () => {
        if (machine.locks.has(lock))
          throw new QscError("file_failed", `Cannot append to '${path}': another command is writing to it.`);
        isSame = (disk.read(path) ?? "") === (before ?? "");
        if (!isSame) return;
        machine.locks.set(lock, effects);
        if (disk.read(path) === null) disk.create(path);
      });
      const grow = (part: number) => (): void => {
        if (isSame) disk.put(path, `${before ?? ""}${text.slice(0, part)}`);
      };
      const line = (): void => {
        if (isSame) roomFor();
        grow(1)();
      };
      const last = (): void => {
        grow(text.length)();
        free();
      };
      try {
        return await effects.take("files.append", [make, line, grow(text.length / 2), last], () => isSame);
      } catch (thrown) {
        free();
        throw thrown;
      }
    },
    sync: (path) =>
      effects.take(
        "files.sync",
        [
          () => {
            disk.sync(path);
          },
        ],
        () => undefined,
      ),
    syncDirectory: (path) =>
      effects.take(
        "files.syncDirectory",
        [
          () => {
            disk.syncDirectory(path);
          },
        ],
        () => undefined,
      ),
    rename: (from, to) =>
      effects.take(
        "files.rename",
        [
          change(to, () => {
            disk.rename(from, to);
          }),
        ],
        () => undefined,
      ),
    requireRemovable: () => effects.take("files.requireRemovable", [], () => undefined),
    remove: (path) =>
      effects.take(
        "files.remove",
        [
          change(path, () => {
            disk.remove(path);
          }),
        ],
        () => undefined,
      ),
    makeDirectory: (path) => {
      const made = (): void => {
        if (!machine.owners.has(path)) machine.owners.set(path, ROOT);
      };
      return effects.take("files.makeDirectory", [made], () => undefined);
    },
    ownerOf: (path) => effects.take("files.ownerOf", [], () => machine.owners.get(path) ?? null),
    requireOwn: () => effects.take("files.requireOwn", [], () => undefined),
    give: (path, owner) => {
      const given = (): void => {
        machine.owners.set(path, owner);
      };
      return effects.take("files.give", [given], () => undefined);
    },
    linkTarget: (path) => effects.take("files.linkTarget", [], () => disk.read(path)?.replace(/^-> /, "") ?? null),
    link: (path, target) => {
      const make = change(path, () => {
        if (disk.read(path) !== null) throw new QscError("file_failed", `EEXIST: file already exists, '${path}'.`);
        disk.create(path);
        disk.put(path, `-> ${target}`);
        // A link consists of its name: it has no bytes that could be lost separately.
        disk.sync(path);
      });
      return effects.take("files.link", [make], () => undefined);
    },
  };
}
