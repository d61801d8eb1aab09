// Reads the pages of a stream through a bare socket: no reader on one thread can be faster.
import { idsOf } from "../events.js";
import { report } from "../inside.js";
import { RawRedis } from "../resp.js";

const [, , url = "", key = "", count = "0"] = process.argv;

const redis = await RawRedis.open(url);
const pages = await redis.pagesOf(key, idsOf(Number(count)));
await report(() => redis.drain(pages));
redis.close();
