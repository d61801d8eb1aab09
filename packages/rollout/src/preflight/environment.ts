import { inertText, QscError } from "@qsc/contract";
import { parseEnvironmentFile, type UnitState } from "@qsc/systemd";
import type { Files } from "../canary/files.js";

/** An environment file: its variables, or why nobody knows them. */
type Layer = { readonly path: string } & ({ readonly variables: ReadonlyMap<string, string> } | { readonly problem: string });

/** What a unit's processes are given: its own variables, and over them those of its environment files, the last first. */
export class UnitEnvironment {
  readonly #own: ReadonlyMap<string, string>;
  readonly #layers: readonly Layer[];

  private constructor(own: ReadonlyMap<string, string>, layers: readonly Layer[]) {
    this.#own = own;
    this.#layers = layers;
  }

  /** Reads the files that the unit names. @param isHere whether they are files of this machine */
  static async read({ environment, environmentFiles }: UnitState, files: Files, isHere: boolean): Promise<UnitEnvironment> {
    const elsewhere = (path: string): Layer => ({ path, problem: "it is a file of another machine: run qsc there" });
    const layers = isHere ? await Promise.all(environmentFiles.map((path) => layerOf(path, files))) : environmentFiles.map(elsewhere);
    return new UnitEnvironment(environment, layers);
  }

  /**
   * The value of a variable; null where it is set nowhere.
   * @throws QscError `canary_not_proven` where a file that may set it cannot be read
   */
  get(name: string): string | null {
    for (const layer of this.#layers.toReversed()) {
      if ("problem" in layer) throw new QscError("canary_not_proven", `${name} is unknown: the environment file ${inertText(layer.path)} cannot be read: ${layer.problem}. Let this user read it.`);
      const value = layer.variables.get(name);
      if (value !== undefined) return value;
    }
    return this.#own.get(name) ?? null;
  }
}

async function layerOf(path: string, files: Files): Promise<Layer> {
  // systemd reads every file that a pattern names.
  if (/[*?[]/.test(path)) return { path, problem: "it is a pattern of names: name each file" };
  let text: string | null;
  try {
    text = await files.read(path);
  } catch (thrown) {
    return { path, problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  // A file that is not there sets nothing: with `-` before its name the unit starts without it.
  const read = parseEnvironmentFile(text ?? "");
  return "problem" in read ? { path, problem: read.problem } : { path, variables: read };
}
