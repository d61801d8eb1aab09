import { post } from "../../http/post.js";
import { targetOf } from "../../http/target.js";
import { required } from "../../settings/options.js";
import type { ChannelKind } from "../channel.js";
import { slackMessage } from "./message.js";

/** An incoming webhook of Slack (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). */
export const slackKind: ChannelKind = {
  about: "a message in a Slack channel, by an incoming webhook",
  options: {
    url: { about: "The incoming webhook's address, which is a secret", holds: "secret url", isNeeded: true },
    allowHttp: { about: "Whether an address without TLS is allowed", holds: "flag", isNeeded: false },
  },
  keepsIncidents: false,
  load: () => Promise.resolve(),
  open: (options) => {
    const target = targetOf({
      name: `notify.channels.${options.name}.url`,
      value: required(options, "url"),
      isSecret: true,
      allowHttp: options.flag("allowHttp"),
    });
    return { send: (notice, signal) => post(target, { body: JSON.stringify(slackMessage(notice)), signal }) };
  },
};
