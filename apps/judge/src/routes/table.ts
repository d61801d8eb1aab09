import { Refusal } from "../http/refusal.js";
import { argoGet, argoPost } from "./argo.js";
import { flagger } from "./flagger.js";
import { judgements } from "./judgements.js";
import { health, metrics, openapi } from "./own.js";
import type { Route } from "./route.js";
import { verdictOnAny, verdictOnModel } from "./verdicts.js";

/** Every route; the description is made of this table. */
export const ROUTES: readonly Route[] = [
  judgements,
  verdictOnModel,
  verdictOnAny,
  argoGet,
  argoPost,
  flagger,
  health,
  metrics,
  openapi,
];

/** A route, and the variable parts of the path that led to it. */
export interface Found {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** The route of a request. @throws Refusal `not_found`, `method_not_allowed`, `request_invalid` */
export function routeOf(method: string, path: string): Found {
  const parts = path.split("/").map(decoded);
  const found = ROUTES.flatMap((route) => {
    const variables = matched(route.path.split("/"), parts);
    return variables === null ? [] : [{ route, path: variables }];
  });
  if (found.length === 0) throw new Refusal("not_found", "There is no such route; /openapi.json lists all.");
  const same = found.find(({ route }) => route.method === method);
  if (same !== undefined) return same;
  const allowed = found.map(({ route }) => route.method).join(", ");
  throw new Refusal("method_not_allowed", `This route takes ${allowed}.`, { allow: allowed });
}

function matched(template: readonly string[], parts: readonly string[]): Readonly<Record<string, string>> | null {
  if (template.length !== parts.length) return null;
  const variables: [string, string][] = [];
  for (const [index, expected] of template.entries()) {
    const part = parts[index] ?? "";
    const [, name] = /^\{(\w+)\}$/.exec(expected) ?? [];
    if (name === undefined ? part !== expected : part === "") return null;
    if (name !== undefined) variables.push([name, part]);
  }
  return Object.fromEntries(variables);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal("request_invalid", `The path has '${part.slice(0, 60)}', which is not encoded as URLs are.`);
  }
}
