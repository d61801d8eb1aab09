import { readFileSync } from "node:fs";
import { once } from "node:events";
import { createRequire } from "node:module";
import { asQscError, QscError } from "@qsc/contract";
import { loadSchemas, type ConsoleProgram, type ConsoleRequest } from "@qsc/rollout";
import { Feed } from "./feed/feed.js";
import { inUrl, parseAddress, type Address } from "./http/address.js";
import { ANY } from "./http/host-check.js";
import { startServer } from "./http/server.js";
import { event, Streams } from "./http/streams.js";
import { TokenGuard } from "./http/token.js";
import { MetricsText } from "./metrics-text.js";
import { pageOf } from "./page/page.js";
import { pastOf } from "./view/past.js";
import { ViewMaker } from "./view/view.js";
import type { Sight } from "./feed/feed.js";

/** A shorter token could be guessed. */
const SHORTEST_TOKEN = 20;

/** Serves the console until the signal. @throws QscError */
export const serveConsole: ConsoleProgram["serveConsole"] = async (request) => {
  const address = parseAddress(request.listen);
  requireToken(address, request);
  requireName(address, request);
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

async function serve(request: ConsoleRequest, address: Address, signal: AbortSignal): Promise<void> {
  const { place, names, token, openSource, say } = request;
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

/** @throws QscError `invalid_config` if other machines could read without a token, or the token cannot be used */
function requireToken({ host, port, isLoopback }: Address, { token }: ConsoleRequest): void {
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
  if (token !== null || isLoopback) return;
  throw new QscError(
    "invalid_config",
    `${inUrl(host, port)} is reachable from other machines: that needs a token. Name a file that has one with --console-token-file, or listen on 127.0.0.1.`,
  );
}

/** @throws QscError `invalid_config` if no request could be answered, because it may come by any address */
function requireName({ host, port }: Address, { names }: ConsoleRequest): void {
  if (!ANY.includes(host) || names.length > 0) return;
  throw new QscError(
    "invalid_config",
    `At ${inUrl(host, port)}, every address of this machine, the console knows none of its names, and would refuse every request. Say by which names or addresses it is called with --console-names, or listen on one address.`,
  );
}

/** The page's script, which is one file of the bundle. */
function scriptText(): string {
  return readFileSync(createRequire(import.meta.url).resolve("#page-script"), "utf8");
}

/** Tells the pages what is new. */
class Live {
  readonly #streams: Streams;
  readonly #maker = new ViewMaker();
  #told = "";
  #past = { canaries: 0, of: null as Sight | null };

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  /** The view as an event. */
  viewOf(sight: Sight): string {
    const former = this.#past.of;
    if (former === null || former.observation.audit !== sight.observation.audit || former.reports !== sight.reports)
      this.#past = { canaries: this.#past.canaries + 1, of: sight };
    return event("view", JSON.stringify(this.#maker.make(sight, Date.now(), this.#past.canaries)));
  }

  /** Sends the view if anything but the time has changed. */
  show(sight: Sight): void {
    const text = this.viewOf(sight);
    const timeless = text.replaceAll(/"agoMs":-?[\d.]+/g, "");
    if (timeless === this.#told) return;
    this.#told = timeless;
    this.#streams.send(text);
  }
}
