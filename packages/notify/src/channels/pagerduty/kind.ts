import { post } from "../../http/post.js";
import { targetOf } from "../../http/target.js";
import { required } from "../../settings/options.js";
import type { ChannelKind } from "../channel.js";
import { pagerdutyEvents } from "./events.js";

const ENDPOINT = "https://events.pagerduty.com/v2/enqueue";

/** The Events API v2 of PagerDuty (developer.pagerduty.com/docs/events-api-v2). */
export const pagerdutyKind: ChannelKind = {
  about: "incidents in PagerDuty: triggered, and resolved when they are over",
  options: {
    routingKey: { about: "The integration key of the service", holds: "secret", isNeeded: true },
    url: { about: `Another endpoint, such as the one for Europe [${ENDPOINT}]`, holds: "url", isNeeded: false },
    allowHttp: { about: "Whether an address without TLS is allowed", holds: "flag", isNeeded: false },
  },
  keepsIncidents: true,
  load: () => Promise.resolve(),
  open: (options) => {
    const target = targetOf({
      name: `notify.channels.${options.name}.url`,
      value: options.text("url") ?? ENDPOINT,
      isSecret: false,
      allowHttp: options.flag("allowHttp"),
    });
    const routingKey = required(options, "routingKey");
    return {
      send: async (notice, signal) => {
        const said: string[] = [];
        for (const event of pagerdutyEvents(notice))
          said.push((await post(target, { body: JSON.stringify({ routing_key: routingKey, ...event }), signal })).said);
        return { said: said.join("; ") || "nothing to send" };
      },
    };
  },
};
