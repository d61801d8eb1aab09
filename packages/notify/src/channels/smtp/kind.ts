import { required } from "../../settings/options.js";
import type { ChannelKind } from "../channel.js";
import { serverOf } from "./server.js";

/** E-mail to one address, as text and HTML. */
export const smtpKind: ChannelKind = {
  about: "e-mail to one address, as text and HTML",
  options: {
    server: {
      about: "The mail server: smtps://HOST, or smtp://HOST, which must offer STARTTLS",
      holds: "text",
      isNeeded: true,
    },
    from: { about: "The sender's address", holds: "text", isNeeded: true },
    to: { about: "The recipient's address; a channel each for several", holds: "text", isNeeded: true },
    user: { about: "The user to log in as", holds: "text", isNeeded: false },
    password: { about: "That user's password", holds: "secret", isNeeded: false },
    allowPlain: { about: "Whether a server without TLS is allowed", holds: "flag", isNeeded: false },
  },
  keepsIncidents: false,
  load: () => import("./send.js"),
  open: async (options) => {
    const server = serverOf(options.name, required(options, "server"), options.flag("allowPlain"));
    const { sendMail } = await import("./send.js");
    const account = {
      from: required(options, "from"),
      to: required(options, "to"),
      user: options.text("user"),
      password: options.text("password"),
    };
    return { send: (notice, signal) => sendMail(server, account, notice, signal) };
  },
};
