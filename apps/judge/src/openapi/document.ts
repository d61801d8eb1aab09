import { z } from "zod";
import { REQUEST_REFUSALS, type RequestRefusal } from "../http/refusal.js";
import type { Route } from "../routes/route.js";
import { problem } from "../schemas.js";

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 description of the routes, made from their schemas. */
export function openapiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  return {
    openapi: "3.1.1",
    info: {
      title: "QSC judge",
      version,
      description:
        "May this model take traffic, and are these predictions sound? Only a proven pass is a success, except to the hook rollback of Flagger.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        basic: { type: "http", scheme: "basic", description: "The token is the password of any user." },
      },
      schemas: { Problem: schemaOf(problem) },
    },
  };
}

function operation(route: Route): Json {
  const { id, summary, scope, tokenIn, body, answers } = route;
  const parameters = [...parametersIn("path", route.pathParameters), ...parametersIn("query", route.query)];
  const described = Object.entries(answers).map(([status, { means, schema }]) => [status, answerOf(means, schema)]);
  return {
    operationId: id,
    summary,
    ...(scope !== null && { description: scopeWords(scope, tokenIn), security: securityOf(tokenIn) }),
    ...(scope === null && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== null && { requestBody: { required: true, content: contentOf(body.types) } }),
    responses: Object.fromEntries([
      ...described,
      ...refusals(),
      ["default", refusalAnswer("Another failure of what is read")],
    ]),
  };
}

function scopeWords(scope: string, tokenIn: Route["tokenIn"]): string {
  const where = tokenIn === "body" ? " It may also stand in the payload, as metadata.token." : "";
  return `Needs a token with the scope ${scope}, unless the judge was started without tokens.${where}`;
}

function securityOf(tokenIn: Route["tokenIn"]): readonly Json[] {
  return [{ bearer: [] }, { basic: [] }, ...(tokenIn === "body" ? [{}] : [])];
}

function parametersIn(place: "path" | "query", schema: z.ZodObject | null): readonly Json[] {
  if (schema === null) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as { readonly description?: string };
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

function contentOf(types: Readonly<Record<string, z.ZodType | null>>): Json {
  return Object.fromEntries(
    Object.entries(types).map(([type, schema]) => [
      type,
      { schema: schema === null ? { type: "string" } : schemaOf(schema) },
    ]),
  );
}

function answerOf(description: string, schema: z.ZodType | null): Json {
  if (schema === null) return { description, content: { "text/plain": { schema: { type: "string" } } } };
  return { description, content: { "application/json": { schema: schemaOf(schema) } } };
}

function refusals(): readonly (readonly [string, Json])[] {
  const codes = Object.keys(REQUEST_REFUSALS) as RequestRefusal[];
  const statuses = [...new Set(codes.map((code) => REQUEST_REFUSALS[code].status))];
  return statuses.map((status) => {
    const same = codes.filter((code) => REQUEST_REFUSALS[code].status === status);
    return [String(status), refusalAnswer(same.map((code) => `${code}: ${REQUEST_REFUSALS[code].means}`).join("; "))];
  });
}

function refusalAnswer(description: string): Json {
  return { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } } };
}

/** What a schema means in JSON; the rules that JSON Schema cannot say are left out. */
function schemaOf(schema: z.ZodType): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" });
  return $schema === undefined ? rest : rest;
}
