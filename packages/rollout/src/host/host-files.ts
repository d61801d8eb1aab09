import { appendIfSame } from "./append-if-same.js";
import { attempt, plainFiles, type Files } from "./files.js";
import { appendFile } from "./own-files.js";

/** The files of this host, for commands that act. */
export const hostFiles: Files = {
  ...plainFiles,
  append: (path, text, before) =>
    attempt("append to", path, async () => {
      let isAppended = false;
      await appendFile(path, async (file) => {
        isAppended = await appendIfSame(file, path, text, before);
      });
      return isAppended;
    }),
};
