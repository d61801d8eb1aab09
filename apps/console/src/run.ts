import { readFileSync } from "node:fs";
import { once } from "node:events";
import { createRequire } from "node:module";
import { asQscError, QscError } from "@qsc/contract";
import {
  loadSchemas,
  requireServable,
  type ConsoleAddress,
  type ConsoleProgram,
  type ConsoleRequest,
} from "@qsc/rollout";
import { Feed } from "./feed/feed.js";
import { startServer } from "./http/server.js";
import { Streams } from "./http/streams.js";
import { TokenGuard } from "./http/token.js";
import { MetricsText } from "./metrics-text.js";
import { pageOf } from "./page/page.js";
import { pastOf } from "./view/past.js";
import { Live } from "./live.js";
import { segmentsTeller } from "./segments-teller.js";

/** A shorter token could be guessed. */
const SHORTEST_TOKEN = 20;

/** Serves the console until the signal. @throws QscError */
export const serveConsole: ConsoleProgram["serveConsole"] = async (request) => {
  const { listen, names, token } = request;
  requireToken(token);
  const address = requireServable(listen, { hasToken: token !== null, names });
  // An update of qsc removes files that are not loaded yet.
  await loadSchemas();
  const ended = new AbortController();
  const signal = AbortSignal.any([request.signal, ended.signal]);
  try {
    await serve(request, address, signal);
  } finally {
    ended.abort();
  }
};

async function serve(request: ConsoleRequest, address: ConsoleAddress, signal: AbortSignal): Promise<void> {
  const { place, names, token, policy, openSource, say } = request;
  const page = pageOf({ ...request, unit: place.unit }, scriptText());
  const streams = new Streams((isAny) => {
    if (isAny) feed.start();
    else feed.rest();
  });
  const live = new Live(streams);
  const feed = new Feed(place, { openSource, signal }, () => {
    feed
      .look()
      .then((sight) => {
        live.show(sight);
      })
      .catch((thrown: unknown) => {
        // A page that heard only signs of life would take what it shows for what is now.
        streams.close();
        say(`A view could not be made: ${asQscError(thrown).message}`);
      });
  });
  const metrics = new MetricsText(request, feed);
  const server = await startServer({
    address,
    names,
    guard: token === null ? null : new TokenGuard(token, () => performance.now()),
    content: {
      page: () => page,
      metrics: () => metrics.text(),
      past: async () => JSON.stringify(pastOf(await feed.look())),
      segments: segmentsTeller(feed, policy, say),
      reports: feed.reports,
    },
    streams,
    greeting: async () => live.viewOf(await feed.look()),
    onError: (thrown) => {
      say(`A request failed: ${asQscError(thrown).message}`);
    },
  });
  say(`The console of ${place.unit} is at ${server.url}`);
  if (!address.isLoopback)
    say(
      "It is reachable from other machines without TLS: anyone on the way can read the token. Put a proxy with TLS before it, or let it listen on 127.0.0.1.",
    );
  if (!signal.aborted) await once(signal, "abort");
  feed.rest();
  await server.close();
}

/** @throws QscError `invalid_config` if the token cannot be used */
function requireToken(token: string | null): void {
  if (token !== null && token.length < SHORTEST_TOKEN)
    throw new QscError(
      "invalid_config",
      `The console's token has ${token.length} characters; at least ${SHORTEST_TOKEN} are needed. Make one: openssl rand -hex 32`,
    );
  if (token !== null && !/^[\x21-\x7e]+$/.test(token))
    throw new QscError(
      "invalid_config",
      "The console's token has a space or a character beyond ASCII, which a program cannot send. Make one: openssl rand -hex 32",
    );
}

/** The page's script, which is one file of the bundle. */
function scriptText(): string {
  return readFileSync(createRequire(import.meta.url).resolve("#page-script"), "utf8");
}
