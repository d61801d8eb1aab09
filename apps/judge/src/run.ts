import { once } from "node:events";
import { asQscError, QscError } from "@qsc/contract";
import {
  inUrl,
  parseAddress,
  type ConsoleAddress,
  type JudgeServerProgram,
  type JudgeServerRequest,
} from "@qsc/rollout";
import { queryOf } from "./http/call.js";
import { Refusal } from "./http/refusal.js";
import { startServer } from "./http/server.js";
import { Slots } from "./http/slots.js";
import { parseTokens, tokenIn, type Holder, type Scope, type Tokens } from "./http/tokens.js";
import { LIMITS, type Limits } from "./limits.js";
import { Metrics } from "./metrics.js";
import { openapiDocument } from "./openapi/document.js";
import type { Judge } from "./routes/route.js";
import { ROUTES } from "./routes/table.js";

/** Serves the judge until the signal. @throws QscError */
export const serveJudge: JudgeServerProgram["serveJudge"] = (request) => serveWithin(request, LIMITS);

/** Likewise, with limits of its own. */
export async function serveWithin(request: JudgeServerRequest, limits: Limits): Promise<void> {
  const { signal, say } = request;
  const { judge, metrics } = judgeOf(request, limits);
  const onFault = (thrown: unknown): void => {
    say(`A request failed: ${asQscError(thrown).message}`);
  };
  const address = requireServable(request.listen, judge.tokens !== null);
  const server = await startServer({
    address,
    limits,
    checksHost: judge.tokens === null,
    respond: async ({ route, path }, query, call) => {
      const { scope, tokenIn: place } = route;
      if (scope !== null && place === "header") judge.admit(tokenIn(call.request.headers.authorization), scope);
      return route.run({ ...call, path, query: queryOf(query) }, judge);
    },
    onAnswer: (route, answer, seconds, isGone) => {
      metrics.count(route, answer, seconds, isGone);
      if (answer.fault !== undefined) onFault(answer.fault);
    },
    onFault,
  });
  say(`The judge is at ${server.url}`);
  if (!address.isLoopback)
    say(
      "It is reachable from other machines without TLS: anyone on the way can read the tokens. Put a proxy with TLS before it, or keep it in a network of its own.",
    );
  if (!signal.aborted) await once(signal, "abort");
  await server.drain();
}

function judgeOf(request: JudgeServerRequest, limits: Limits): { readonly judge: Judge; readonly metrics: Metrics } {
  const { tokens } = request;
  const known = tokens === null ? null : parseTokens(tokens.text, tokens.source, limits.rate);
  const judgementSlots = new Slots(limits.judgements, 0);
  const verdictSlots = new Slots(limits.verdicts, limits.waitingVerdicts);
  const metrics = new Metrics({ judgements: () => judgementSlots.taken, verdicts: () => verdictSlots.taken });
  const description = `${JSON.stringify(openapiDocument(ROUTES, request.judgement.toolVersion))}\n`;
  const judge: Judge = {
    request,
    limits,
    tokens: known,
    judgementSlots,
    verdictSlots,
    metrics: () => metrics.text(),
    openapi: () => description,
    admit: (token, scope) => (known === null ? null : admitted(known, token, scope)),
  };
  return { judge, metrics };
}

/** @throws Refusal `token_refused`, `scope_missing`, `rate_exceeded` */
function admitted(tokens: Tokens, token: string | null, scope: Scope): Holder {
  const holder = tokens.holderOf(token);
  const waitMs = holder.rate.take(performance.now());
  if (waitMs > 0)
    throw new Refusal("rate_exceeded", `The token '${holder.name}' has sent more requests than its rate allows.`, {
      "retry-after": String(Math.ceil(waitMs / 1000)),
    });
  if (!holder.scopes.has(scope))
    throw new Refusal("scope_missing", `The token '${holder.name}' has not the scope ${scope}.`);
  return holder;
}

function requireServable(listen: string, hasTokens: boolean): ConsoleAddress {
  const address = parseAddress(listen, "The judge");
  if (hasTokens || address.isLoopback) return address;
  throw new QscError(
    "invalid_config",
    `${inUrl(address.host, address.port)} is reachable from other machines: that needs tokens. Name a file that has some with --judge-tokens-file, or listen on 127.0.0.1.`,
  );
}
