import { post } from "../../http/post.js";
import { targetOf } from "../../http/target.js";
import { required } from "../../settings/options.js";
import type { ChannelKind } from "../channel.js";
import { alertsOf } from "./alerts.js";

/** The API v2 of Prometheus' Alertmanager. */
export const alertmanagerKind: ChannelKind = {
  about: "alerts in Prometheus' Alertmanager: fired, and resolved when they are over",
  options: {
    url: { about: "The Alertmanager, such as http://127.0.0.1:9093", holds: "url", isNeeded: true },
    token: { about: "A bearer token, if a proxy before it wants one", holds: "secret", isNeeded: false },
    allowHttp: { about: "Whether an address without TLS is allowed", holds: "flag", isNeeded: false },
  },
  keepsIncidents: true,
  load: () => Promise.resolve(),
  open: (options) => {
    const base = targetOf({
      name: `notify.channels.${options.name}.url`,
      value: required(options, "url"),
      isSecret: false,
      allowHttp: options.flag("allowHttp"),
    });
    const target = { ...base, url: new URL(`${base.url.href.replace(/\/+$/, "")}/api/v2/alerts`) };
    const token = options.text("token");
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    return {
      send: (notice, signal) => post(target, { body: JSON.stringify(alertsOf(notice, Date.now())), headers, signal }),
    };
  },
};
