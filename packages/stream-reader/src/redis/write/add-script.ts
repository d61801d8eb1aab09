/**
 * Adds entries under their own IDs, and stops at the first that is refused. Redis runs a script without anything in
 * between, and IDs rise within it. So only the first can be refused, and either all are written or none.
 *
 * A pipeline, or MULTI, would continue after a refused XADD and write later entries before it. WATCH would prevent
 * that, but belongs to one connection, and a cluster may be using another by then.
 *
 * KEYS: the stream. ARGV: the length to trim to, or an empty text; then, for each entry, its ID, the number of its
 * names and values, and these.
 */
export const ADD_SCRIPT = `
local at = 2
while at <= #ARGV do
  local last = at + 1 + tonumber(ARGV[at + 1])
  local reply
  if ARGV[1] == '' then
    reply = redis.pcall('XADD', KEYS[1], ARGV[at], unpack(ARGV, at + 2, last))
  else
    reply = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], ARGV[at], unpack(ARGV, at + 2, last))
  end
  if type(reply) == 'table' and reply.err then return reply end
  at = last + 1
end
return 'OK'
`;
