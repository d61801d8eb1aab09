/** A place in onnxruntime's source: `/onnxruntime_src/onnxruntime/core/graph/graph.cc:1389 `. */
const PLACE = /(?:\/[\w./+-]*\/)?[\w+-]+\.(?:cc|cpp|cxx|cu|h|hpp):\d+ /;

/** How a failed assertion in onnxruntime begins its message: `a == b was false. `. */
const CHECK = /^.{0,300}? was false\.? (?=\S)/;

/** A function's bare name before a sentence: `ValidateExternalDataPathFromDir Absolute path ...`. */
const FUNCTION = /^[A-Z]\w*[a-z][A-Z]\w* (?=[A-Z])/;

/** How onnxruntime names the node that failed. */
const RUNNING = /Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: /;
const IN_NODE = /In Node, \("([^"]*)", (\w+),.*?\) : \(.*?\) -> \(.*?\) ?, Error /;

/**
 * What onnxruntime says is wrong, without the source locations, C++ signatures and node ports in front of it: they
 * would fill a log line before the actual message.
 */
export function reasonOf(message: string): string {
  const plain = withoutPlaces(message);
  return plain.replace(RUNNING, nodeWords("$1", "$2")).replace(IN_NODE, nodeWords("$2", "$1")).trim();
}

function nodeWords(op: string, name: string): string {
  return `Node ${op} '${name}': `;
}

function withoutPlaces(message: string): string {
  const found = PLACE.exec(message);
  if (found === null) return message;
  const [before, after] = [message.slice(0, found.index), message.slice(found.index + found[0].length)];
  const said = withoutSignature(after).replace(CHECK, "").replace(FUNCTION, "");
  return before + withoutPlaces(said);
}

/** A text without its leading C++ signature, if it has one. */
function withoutSignature(text: string): string {
  const head = text.slice(0, Math.max(text.indexOf("("), 0));
  if (!head.includes("::")) return text;
  const end = endOfSignature(text);
  return end === null ? text : text.slice(end).replace(/^(?: const| noexcept| &&?)*(?: \[with [^\]]*\])?:? /, "");
}

/** Position after the parenthesis that closes the parameters: the first that closes all and is followed by a space. */
function endOfSignature(text: string): number | null {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if ("(<[".includes(sign)) depth += 1;
    else if (")>]".includes(sign)) depth -= 1;
    if (sign === ")" && depth === 0 && text[at + 1] === " ") return at + 1;
  }
  return null;
}
