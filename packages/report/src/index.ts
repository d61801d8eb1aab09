export { inertJson, inertMarkdown } from "./inert.js";
export { toClosingLine } from "./closing.js";
export { toJson } from "./json.js";
export { toHtml } from "./html/page.js";
export { toMarkdown } from "./markdown.js";
export { toTerminal, type TerminalOptions } from "./terminal.js";
