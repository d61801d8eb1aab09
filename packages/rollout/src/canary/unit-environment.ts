import { CANARY_VARIABLES, canaryEnvironment, inertText, QscError, type Canary } from "@qsc/contract";
import { parseEnvironmentFile, type UnitState } from "@qsc/systemd";
import type { Files } from "../host/files.js";
import { systemCodeOf } from "../host/system-code.js";
import { filesNamed, isPattern } from "../host/glob.js";
import { trust } from "../host/trusted.js";
import type { OperationContext } from "../operation/context.js";

/** An environment file: its variables, or why they are unknown. */
type Layer = { readonly path: string } & (
  { readonly variables: ReadonlyMap<string, string> } | { readonly problem: string }
);

/** A variable of a process, and where it is set. */
export interface FoundVariable {
  readonly name: string;
  readonly value: string;
  /** For an operator, who should look there. */
  readonly from: string;
}

type Parts = Pick<UnitState, "environment" | "dropIns" | "passEnvironment" | "unsetEnvironment">;

/**
 * The environment of a unit's next process, composed as in systemd.exec(5): the manager's own variables, then the
 * unit's, then those of its environment files in order, each overriding the ones before; finally without those that
 * `UnsetEnvironment=` removes.
 */
export class UnitEnvironment {
  readonly #unit: Parts;
  readonly #manager: ReadonlyMap<string, string>;
  readonly #layers: readonly Layer[];

  private constructor(unit: Parts, manager: ReadonlyMap<string, string>, layers: readonly Layer[]) {
    this.#unit = unit;
    this.#manager = manager;
    this.#layers = layers;
  }

  /**
   * Reads the files that the unit names.
   * @param isHere whether they are files of this machine
   * @param manager the variables that the manager gives to all its units
   */
  static async read(
    state: UnitState,
    files: Files,
    isHere: boolean,
    manager: ReadonlyMap<string, string> = new Map(),
  ): Promise<UnitEnvironment> {
    const { environmentFiles } = state;
    const elsewhere = (path: string): Layer => ({ path, problem: "it is a file of another machine: run qsc there" });
    const layers = isHere
      ? await Promise.all(environmentFiles.map((path) => layersOf(path, files)))
      : environmentFiles.map((path) => [elsewhere(path)]);
    return new UnitEnvironment(state, manager, layers.flat());
  }

  /**
   * The value of a variable; null if it is not set.
   * @throws QscError `variable_unknown` if a file that may set it cannot be read
   */
  get(name: string): string | null {
    return this.find(name)?.value ?? null;
  }

  /** The variable, with where it is set; null if it is not set. @throws QscError `variable_unknown` */
  find(name: string): FoundVariable | null {
    const { unsetEnvironment } = this.#unit;
    if (unsetEnvironment.includes(name)) return null;
    const found = this.#set(name);
    return found !== null && unsetEnvironment.includes(`${name}=${found.value}`) ? null : found;
  }

  #set(name: string): FoundVariable | null {
    for (const layer of this.#layers.toReversed()) {
      const { path } = layer;
      if ("problem" in layer)
        throw new QscError(
          "variable_unknown",
          `${name} is unknown: the environment file ${inertText(path)} cannot be read: ${layer.problem}. Let this user read it.`,
        );
      const value = layer.variables.get(name);
      if (value !== undefined) return { name, value, from: `EnvironmentFile=${path}` };
    }
    const { environment, dropIns, passEnvironment } = this.#unit;
    const own = environment.get(name);
    if (own !== undefined) return { name, value: own, from: dropIns.join(", ") || "its unit file" };
    if (passEnvironment.includes(name))
      throw new QscError(
        "variable_unknown",
        `${name} is unknown: PassEnvironment= takes it from systemd's own process. Remove it from PassEnvironment=.`,
      );
    const value = this.#manager.get(name);
    return value === undefined ? null : { name, value, from: "systemctl set-environment" };
  }
}

/** The layers of one `EnvironmentFile=`: systemd reads every file that matches a pattern. */
async function layersOf(path: string, files: Files): Promise<readonly Layer[]> {
  if (!isPattern(path)) return [await layerOf(path, files)];
  try {
    const paths = await filesNamed(path, (directory) => files.list(directory));
    return await Promise.all(paths.map((each) => layerOf(each, files)));
  } catch (thrown) {
    return [{ path, problem: thrown instanceof Error ? thrown.message : String(thrown) }];
  }
}

async function layerOf(path: string, files: Files): Promise<Layer> {
  let text: string | null;
  try {
    const judged = await trust(path).catch((thrown: unknown) => {
      if (systemCodeOf(thrown) === "ENOENT") return null;
      throw thrown;
    });
    if (judged !== null && "distrusted" in judged)
      return {
        path,
        problem: `${judged.distrusted}, so its values prove nothing: make root the owner, and let no one else write to it`,
      };
    text = await files.read(path);
  } catch (thrown) {
    return { path, problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  // A missing file sets nothing: with `-` before its name the unit starts without it.
  const read = parseEnvironmentFile(text ?? "");
  return "problem" in read ? { path, problem: read.problem } : { path, variables: read };
}

/** The environment of the unit's next process. @throws QscError `service_missing` */
export async function readEnvironment({ services, unit, files, settings }: OperationContext): Promise<UnitEnvironment> {
  const state = await services.state(unit);
  if (state.load !== "loaded")
    throw new QscError("service_missing", `${unit} is ${state.load}, so its environment is unknown.`);
  return UnitEnvironment.read(state, files, settings["host"] === undefined, await services.managerEnvironment());
}

/**
 * The canary's variables that the unit's next process has, and where each is set. A single one can change what an
 * engine serves.
 * @throws QscError `variable_unknown` if one is unknown
 */
export async function canaryVariables(context: OperationContext): Promise<readonly FoundVariable[]> {
  const environment = await readEnvironment(context);
  return Object.values(CANARY_VARIABLES)
    .map((name) => environment.find(name))
    .filter((found) => found !== null);
}

/** `QSC_CANARY_MODEL, QSC_CANARY_WEIGHT in its environment, from /etc/...`. */
export function describeVariables(found: readonly FoundVariable[]): string {
  const names = found.map(({ name }) => name).join(", ");
  return inertText(`${names} in its environment, from ${[...new Set(found.map(({ from }) => from))].join(", ")}`);
}

/** @throws QscError `variables_overridden` unless the unit's next process has exactly the canary's variables */
export async function requireCanaryEnvironment(context: OperationContext, canary: Canary): Promise<void> {
  const environment = await readEnvironment(context);
  for (const [name, value] of canaryEnvironment(canary)) {
    const found = environment.find(name);
    if (found?.value === value) continue;
    const is =
      found === null
        ? `${name} would be missing in its environment; look for UnsetEnvironment=`
        : `${name} would be '${inertText(found.value)}', from ${inertText(found.from)}; remove it there`;
    throw new QscError("variables_overridden", `${context.unit} would not get the canary: ${is}.`);
  }
}
