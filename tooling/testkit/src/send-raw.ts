import { connect } from "node:net";
import type { HostileRequest } from "./hostile-requests.js";

/** Sends bytes over a connection of its own, and gives all that is answered until the connection ends. */
export function sendRaw(port: number, { bytes, then }: Pick<HostileRequest, "bytes" | "then">): Promise<string> {
  return new Promise((resolve) => {
    let answered = "";
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    socket.setEncoding("latin1").on("data", (text: string) => {
      answered += text;
      if (then === "wait" && isWhole(answered)) socket.destroy();
    });
    // A server may end a connection whose request it does not like before it has read all of it.
    socket.on("error", () => undefined);
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      resolve(answered);
    });
    socket.on("connect", () => {
      if (then === "reset") socket.write(bytes, () => socket.resetAndDestroy());
      else if (then === "end") socket.end(bytes);
      else socket.write(bytes);
    });
  });
}

/** Whether the last answer has come in full: its head, and as many bytes as that says. */
function isWhole(answered: string): boolean {
  const from = answered.lastIndexOf("HTTP/1.1 ");
  const end = answered.indexOf("\r\n\r\n", from);
  if (from === -1 || end === -1) return false;
  const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(answered.slice(from, end + 2)) ?? [];
  return length !== undefined && answered.length >= end + 4 + Number(length);
}
