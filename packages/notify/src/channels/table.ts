import { alertmanagerKind } from "./alertmanager/kind.js";
import type { ChannelKind } from "./channel.js";
import { pagerdutyKind } from "./pagerduty/kind.js";
import { slackKind } from "./slack/kind.js";
import { smtpKind } from "./smtp/kind.js";
import { webhookKind } from "./webhook/kind.js";

/** Every kind of channel. A new one is a folder and a row. */
export const CHANNEL_KINDS: Readonly<Record<string, ChannelKind>> = {
  webhook: webhookKind,
  slack: slackKind,
  alertmanager: alertmanagerKind,
  pagerduty: pagerdutyKind,
  smtp: smtpKind,
};
