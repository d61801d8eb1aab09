import type { FleetDocument } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import { heldRun, type InWaves } from "./activate.js";
import type { FleetContext } from "./context.js";
import { untilMs, whyOf, type Standing } from "./standing.js";
import { askStatus } from "./status.js";

/** What `qsc fleet deploy` is asked. */
export interface FleetDeployRequest extends InWaves {
  readonly commit: string;
  /** Further words for `qsc deploy` on each host, also to go back: the checkout, the build. */
  readonly further: readonly string[];
}

/**
 * Deploys a commit on every host, in waves. A host that fails goes back by itself; the others then go back to the
 * commits that they had. A host whose log ends with this deployment is done.
 */
export async function fleetDeploy(context: FleetContext, request: FleetDeployRequest): Promise<FleetDocument> {
  const { commit, further } = request;
  const formers = new Map<string, string>();
  const deploy = (host: FleetHost, to: string, signal?: AbortSignal) =>
    context.run(host, {
      words: ["deploy", "--commit", to, ...further, "--json"],
      kind: "deploy",
      signal,
      beats: signal !== undefined,
    }).ended;
  return heldRun(
    context,
    { ...request, action: "deploy" },
    {
      name: "deploy",
      act: async (host, signal) => {
        const answer = await deploy(host, commit, signal);
        const former = answer.kind === "proven" || answer.kind === "refused" ? answer.document["former"] : null;
        if (typeof former === "string") formers.set(host.name, former);
        return answer;
      },
      back: async (host): Promise<Standing> => {
        const former = formers.get(host.name);
        if (former === undefined)
          return { kind: "failed", reasons: ["the commit that it had before is not known"], phase: null };
        context.say(host.name, `going back to ${former}`);
        const answer = await deploy(host, former);
        if (answer.kind === "proven") return { kind: "proven", phase: null };
        const reasons = whyOf(answer);
        if (answer.kind === "unreachable") return { kind: "unreachable", reasons, untilMs: untilMs(context.now()) };
        return { kind: "failed", reasons, phase: null };
      },
      // A host that refuses a deployment has gone back by itself, or has not begun; its document says if that failed.
      isUndone: (_host, answer) =>
        Promise.resolve(
          answer.kind === "refused" &&
            !answer.document.reasons.some((reason) => reason.startsWith("Going back to") && reason.includes("failed")),
        ),
      keeps: false,
    },
    async () => {
      const done = new Map<string, string>();
      const reasons = await Promise.all(
        context.inventory.hosts.map(async (host) => {
          const { answer, last, phase } = await askStatus(context, host);
          if (answer.kind === "unreachable" || answer.kind === "unclear")
            return [{ code: "host_unreachable" as const, text: `${host.name}: ${answer.detail}` }];
          if (last.event === "deploy" && last.commit?.startsWith(commit) === true && answer.kind === "proven") {
            done.set(host.name, phase ?? "");
            if (last.former !== null) formers.set(host.name, last.former);
          }
          return [];
        }),
      );
      return { reasons: reasons.flat(), done, watched: [] };
    },
  );
}
