import { once } from "node:events";
import { connect } from "node:net";

/** Sends one command as a person would type it, and returns the raw answer. */
export async function redisCommand(port: number, line: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${line}\r\n`);
  const [reply] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return reply.toString();
}
