import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { openapiDocument } from "../src/openapi/document.js";
import { Refusal, REQUEST_REFUSALS } from "../src/http/refusal.js";
import { ROUTES, routeOf } from "../src/routes/table.js";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

const described = openapiDocument(ROUTES, "1.2.3");
const paths = described["paths"] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;

describe("the description", () => {
  test("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(
      JSON.parse(JSON.stringify(described)) as Record<string, unknown>,
    );
    expect(errors).toBeUndefined();
    expect([valid, validator.version]).toEqual([true, "3.1"]);
  });

  test("has every route, and no other", () => {
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
    const ids = ROUTES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "of %s is that of its table",
    (_, route) => {
      const operation = paths[route.path]?.[route.method.toLowerCase()];
      const variables = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = operation?.parameters ?? [];
      expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(variables);
      expect(parameters.filter((one) => one.in === "path").every(({ required }) => required)).toBe(true);
      const query = Object.keys(route.query?.shape ?? {});
      expect(parameters.filter((one) => one.in === "query").map(({ name }) => name)).toEqual(query);
      expect(Object.keys(operation?.requestBody?.content ?? {})).toEqual(Object.keys(route.body?.types ?? {}));
      const statuses = Object.values(REQUEST_REFUSALS).map(({ status }) => String(status));
      expect(Object.keys(operation?.responses ?? {})).toEqual(
        expect.arrayContaining([...Object.keys(route.answers), ...statuses, "default"]),
      );
      const path = route.path.replaceAll(/\{\w+\}/g, "x");
      expect(routeOf(route.method, path).route.path).toBe(route.path);
    },
  );

  test("no refusal has the status of a success", () => {
    for (const { status } of Object.values(REQUEST_REFUSALS)) expect(status).toBeGreaterThanOrEqual(400);
  });
});

describe("a path", () => {
  test.each([
    ["GET", "/", "not_found"],
    ["GET", "/v1/verdicts//xgboost", "not_found"],
    ["GET", "//health", "not_found"],
    ["GET", "/health/", "not_found"],
    ["GET", "/v1/judgements", "method_not_allowed"],
    ["HEAD", "/health", "method_not_allowed"],
    ["GET", "/v1/verdicts/%", "request_invalid"],
  ])("%s %s is refused: %s", (method, path, code) => {
    const refused = (): unknown => routeOf(method, path);
    expect(refused).toThrow(Refusal);
    expect(refused).toThrow(expect.objectContaining({ code }));
  });

  test("a variable part is decoded once", () => {
    expect(routeOf("GET", "/v1/verdicts/canary/a%2Fb%2525").path).toEqual({ mode: "canary", model: "a/b%25" });
  });
});
