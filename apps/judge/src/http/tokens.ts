import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { parseDistinct, QscError } from "@qsc/contract";
import { z } from "zod";
import { RateLimit } from "./rate-limit.js";
import { Refusal } from "./refusal.js";

/** What a token permits: to have predictions judged, to ask for verdicts on the telemetry, to read the metrics. */
const SCOPES = ["judgements", "verdicts", "metrics"] as const;
export type Scope = (typeof SCOPES)[number];

/** A shorter token could be guessed. */
const SHORTEST_TOKEN = 20;

const tokensFile = z.strictObject({
  tokens: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w.-]{1,60}$/, "a name has 1 to 60 letters, digits, dots, hyphens or underscores"),
        token: z
          .string()
          .min(SHORTEST_TOKEN, `a token has at least ${SHORTEST_TOKEN} characters: openssl rand -hex 32`)
          .regex(/^[\x21-\x7e]+$/, "a token has no space and no character beyond ASCII"),
        scopes: z.array(z.enum(SCOPES)).min(1),
        rate: z.number().min(0.001).max(1_000_000).optional(),
      }),
    )
    .min(1)
    .max(1000),
});

/** Who a token is of. */
export interface Holder {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly rate: RateLimit;
}

/** The tokens of a judge. Comparing one takes a time that says nothing of it. */
export class Tokens {
  readonly #key = randomBytes(32);
  readonly #known: readonly { readonly hash: Buffer; readonly holder: Holder }[];

  /** @param tokens each with its holder */
  constructor(tokens: readonly { readonly token: string; readonly holder: Holder }[]) {
    this.#known = tokens.map(({ token, holder }) => ({ hash: this.#hash(token), holder }));
  }

  /** Whose token it is. @throws Refusal `token_refused` */
  holderOf(token: string | null): Holder {
    const given = this.#hash(token ?? "");
    // Each one is compared, also behind the right one.
    const found = this.#known.filter(({ hash }) => timingSafeEqual(hash, given));
    const [first] = found;
    if (token !== null && first !== undefined) return first.holder;
    throw new Refusal(
      "token_refused",
      token === null
        ? "A token is needed: send it as Authorization: Bearer TOKEN, or as the password of any user."
        : "The token is not one of this judge's.",
      { "www-authenticate": 'Basic realm="qsc judge", charset="UTF-8"' },
    );
  }

  #hash(token: string): Buffer {
    return createHmac("sha256", this.#key).update(token).digest();
  }
}

/**
 * Reads `{"tokens": [{"name", "token", "scopes", "rate"?}]}`.
 * @throws QscError `invalid_config` that never shows a token
 */
export function parseTokens(text: string, source: string, usualRate: number): Tokens {
  const { tokens } = checked(text, source);
  for (const [key, what] of [
    ["name", "names"],
    ["token", "tokens"],
  ] as const) {
    const values = tokens.map((each) => each[key]);
    const twice = values.findIndex((value, index) => values.indexOf(value) !== index);
    if (twice !== -1)
      throw new QscError(
        "invalid_config",
        `${source} has two equal ${what}: that of entry ${twice + 1} occurs before it.`,
      );
  }
  return new Tokens(
    tokens.map(({ name, token, scopes, rate = usualRate }) => ({
      token,
      holder: { name, scopes: new Set(scopes), rate: new RateLimit(rate) },
    })),
  );
}

function checked(text: string, source: string): z.infer<typeof tokensFile> {
  let value: unknown;
  try {
    value = parseDistinct(text);
  } catch {
    // The message of the parser shows what it found, which may be a token.
    throw new QscError(
      "invalid_config",
      `${source} is not JSON; write {"tokens": [{"name": "argo", "token": "...", "scopes": ["verdicts"]}]}.`,
    );
  }
  const parsed = tokensFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const where = first === undefined || first.path.length === 0 ? "it" : first.path.join(".");
  throw new QscError("invalid_config", `${source} cannot be used: ${where}: ${first?.message ?? "is invalid"}.`);
}

/** The token of a request: a bearer token, or the password of any user, as a URL with one sends it; null: none. */
export function tokenIn(authorization: string | undefined): string | null {
  const [, scheme = "", value = ""] = /^(bearer|basic) +([\x21-\x7e]+) *$/i.exec(authorization ?? "") ?? [];
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return null;
  const decoded = Buffer.from(value, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  return colon === -1 ? null : decoded.slice(colon + 1);
}
