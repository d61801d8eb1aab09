import { parseEnvironment } from "./environment/parse.js";
import { renderEnvironment } from "./environment/render.js";
import { assertDropIn, assertUnit } from "./names.js";
import type { ServiceManager } from "./port.js";
import type { Files } from "./systemd/files.js";

type DropIns = Pick<ServiceManager, "dropInPath" | "readDropIn" | "writeDropIn" | "removeDropIn">;

/** The drop-ins of the units of one directory. */
export function dropInsOf(unitDirectory: string, files: Files): DropIns {
  const dropInPath = (unit: string, name: string): string => {
    assertUnit(unit);
    assertDropIn(name);
    return `${unitDirectory}/${unit}.d/${name}`;
  };
  return {
    dropInPath,
    readDropIn: async (unit, name) => {
      const path = dropInPath(unit, name);
      const text = await files.read(path);
      return text === null ? null : parseEnvironment(text, `'${path}'`);
    },
    writeDropIn: async (unit, name, environment) => {
      await files.write(dropInPath(unit, name), renderEnvironment(environment));
    },
    removeDropIn: async (unit, name) => {
      await files.remove(dropInPath(unit, name));
    },
  };
}
