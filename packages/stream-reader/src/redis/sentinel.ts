import { QscError } from "@qsc/contract";
import type { Redis } from "ioredis";
import { describeFailure, forgetCommand, redisError, type Asked } from "./errors.js";
import type { Host, RedisLocation } from "./location.js";

/** A sentinel's answer: the master's address, that it knows no master of that name, or a failure. */
type Answer =
  | { readonly kind: "named"; readonly master: Host }
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly sentinel: Host; readonly error: unknown };

/**
 * The address of the master. All sentinels are asked at once, so a hung one delays nothing. The first address that more
 * than half of them name wins; otherwise the one named by most of those that answer.
 *
 * ioredis has its own connector for this, but it asks one after another and reports all faults in the same sentence.
 * @throws QscError with a sentence for each fault
 */
export async function masterOf(location: RedisLocation, connect: (sentinel: Host) => Promise<Redis>): Promise<Host> {
  const { hosts, master: name } = location;
  const answers: Answer[] = [];
  const agreed = new Promise<Host | null>((resolve) => {
    const asking = hosts.map(async (sentinel) => {
      answers.push(await ask(sentinel, name, connect));
      const [most] = byVotes(answers);
      if (most !== undefined && most.votes > hosts.length / 2) resolve(most.master);
    });
    void Promise.all(asking).then(() => {
      resolve(byVotes(answers)[0]?.master ?? null);
    });
  });
  const master = await agreed;
  if (master === null) throw notNamed(location, answers);
  return master;
}

async function ask(sentinel: Host, name: string, connect: (sentinel: Host) => Promise<Redis>): Promise<Answer> {
  let client: Redis | null = null;
  try {
    client = await connect(sentinel);
    const reply: unknown = await client.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name);
    if (!Array.isArray(reply)) return { kind: "unknown" };
    const [host, port] = reply.map(String);
    const master = { host: host ?? "", port: Number(port) };
    if (master.host !== "" && master.port >= 1 && master.port <= 65_535) return { kind: "named", master };
    return {
      kind: "failed",
      sentinel,
      error: new Error(`it answers with the address '${String(host)}:${String(port)}'`),
    };
  } catch (error) {
    forgetCommand(error);
    return { kind: "failed", sentinel, error };
  } finally {
    client?.disconnect();
  }
}

/** The addresses that were named, most votes first. */
function byVotes(answers: readonly Answer[]): readonly { readonly master: Host; readonly votes: number }[] {
  const masters = answers.flatMap((answer) => (answer.kind === "named" ? [answer.master] : []));
  const votesFor = ({ host, port }: Host): number =>
    masters.filter((other) => other.host === host && other.port === port).length;
  return masters.map((master) => ({ master, votes: votesFor(master) })).toSorted((a, b) => b.votes - a.votes);
}

function notNamed({ label, hosts, master }: RedisLocation, answers: readonly Answer[]): QscError {
  const failures = answers.flatMap((answer) => (answer.kind === "failed" ? [answer] : []));
  if (answers.some(({ kind }) => kind === "unknown")) {
    return new QscError(
      "source_unreachable",
      `The sentinels of ${label} know no master called '${master}'; check the name in the source URL (SENTINEL MASTERS there lists those that they know).`,
    );
  }
  const inOrder = failures.toSorted((a, b) => hosts.indexOf(a.sentinel) - hosts.indexOf(b.sentinel));
  const said = inOrder.map(({ sentinel, error }) => `${addressOf(sentinel)}: ${describeFailure(error)}`).join("; ");
  const [cause] = failures.map(({ error }) => error);
  const refusal = failures
    .map(({ error }) => (error instanceof Error ? error.message : ""))
    .find((message) => /^(?:NOAUTH|WRONGPASS)\b|without any password configured/.test(message));
  if (refusal === undefined) {
    return new QscError(
      "source_unreachable",
      `No sentinel of ${label} answers (${said}); check the hosts and ports, and that the sentinels are running.`,
      { cause },
    );
  }
  if (refusal.startsWith("NOAUTH")) {
    return new QscError(
      "source_auth",
      `The sentinels of ${label} want a password of their own; add ?sentinelPassword=... to the source URL, and sentinelUsername=... if they have users.`,
      { cause },
    );
  }
  if (refusal.startsWith("WRONGPASS")) {
    return new QscError(
      "source_auth",
      `The sentinels of ${label} refuse their user name or password; check sentinelUsername and sentinelPassword in the source URL.`,
      { cause },
    );
  }
  return new QscError(
    "source_auth",
    `The sentinels of ${label} have no password; leave sentinelPassword out of the source URL.`,
    { cause },
  );
}

/** The error for the master that the sentinels name. If it cannot be connected to, the sentence names it. */
export function masterUnreachable(
  asked: Asked,
  { label, master: name }: RedisLocation,
  master: Host,
  error: unknown,
): QscError {
  const known = redisError(asked, error);
  if (known.code !== "source_unreachable" && known.code !== "source_timeout") return known;
  return new QscError(
    known.code,
    `The sentinels of ${label} name ${addressOf(master)} as the master '${name}', which cannot be reached from here (${describeFailure(error)}); check that it is running, and that it announces an address that this host can reach.`,
    { cause: error },
  );
}

function addressOf({ host, port }: Host): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
