import { QscError } from "@qsc/contract";
import { required, type ChannelOptions } from "../../settings/options.js";
import type { ChannelKind } from "../channel.js";
import { serverOf, type MailServer } from "./server.js";

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
  check: (options) => {
    serverIn(options);
    const [user, password] = [options.text("user"), options.text("password")];
    if ((user === null) === (password === null)) return;
    const given = user === null ? "a password without a user" : "a user without a password";
    throw new QscError(
      "invalid_config",
      `The setting notify.channels.${options.name} has ${given}. Write both, or neither.`,
    );
  },
  load: () => import("./send.js"),
  open: async (options) => {
    const server = serverIn(options);
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

function serverIn(options: Omit<ChannelOptions, "secrets">): MailServer {
  return serverOf(options.name, required(options, "server"), options.flag("allowPlain"));
}
