import { targetOf } from "../../http/target.js";
import { post } from "../../http/post.js";
import { required } from "../../settings/options.js";
import type { ChannelKind } from "../channel.js";
import { webhookBody } from "./body.js";

/** A JSON document to any HTTPS address, signed as Standard Webhooks say (standardwebhooks.com). */
export const webhookKind: ChannelKind = {
  about: "JSON to an address of yours, signed by Standard Webhooks",
  options: {
    url: { about: "Where to send", holds: "url", isNeeded: true },
    secret: { about: "The key of the signature, `whsec_` and base64", holds: "secret", isNeeded: true },
    allowHttp: { about: "Whether an address without TLS is allowed", holds: "flag", isNeeded: false },
  },
  keepsIncidents: false,
  load: () => import("./sign.js"),
  open: async (options) => {
    const target = targetOf({
      name: `notify.channels.${options.name}.url`,
      value: required(options, "url"),
      isSecret: false,
      allowHttp: options.flag("allowHttp"),
    });
    const { signerOf } = await import("./sign.js");
    const sign = signerOf(options.name, required(options, "secret"));
    return {
      send: (notice, signal) => {
        const body = JSON.stringify(webhookBody(notice));
        return post(target, { body, signal, headers: sign(notice.key, body) });
      },
    };
  },
};
