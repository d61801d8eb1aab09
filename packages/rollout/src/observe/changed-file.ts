import { stat } from "node:fs/promises";
import { systemCodeOf } from "../host/system-code.js";

/**
 * What tells two contents of a file apart without reading it: which file it is, its size, and when it was changed. Null
 * if there is none.
 * @throws the system's error if that cannot be found out
 */
export async function fingerprintOf(path: string): Promise<string | null> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (thrown) {
    const code = systemCodeOf(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw thrown;
  }
}

/** What is made of a file, made again only after the file has changed. */
export class ChangedFile<Content> {
  readonly #path: string;
  readonly #read: () => Promise<Content>;
  #known: { readonly fingerprint: string | null; readonly content: Content } | null = null;

  constructor(path: string, read: () => Promise<Content>) {
    this.#path = path;
    this.#read = read;
  }

  /** @throws the error of the file; the next call reads it again */
  async content(): Promise<Content> {
    // Taken before the content: a file that changes meanwhile is read again the next time.
    const fingerprint = await fingerprintOf(this.#path);
    if (this.#known?.fingerprint !== fingerprint) {
      this.#known = null;
      this.#known = { fingerprint, content: await this.#read() };
    }
    return this.#known.content;
  }
}
