/**
 * The session's scripts. Each is one atomic step on the server. KEYS, which share one hash tag: meta (hash), items (list), ids (set),
 * ops (sorted set), out (list), fields (hash). A list entry is `<tokens>|<id>|<json>`; ids are key segments, which hold no bar.
 */
const COMMON = `
local meta, items, ids, ops, out, fields = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
-- An expired session is no session, whether the server has removed its keys yet or not.
local function dropExpired(now)
  local ends = redis.call('HGET', meta, 'ends')
  if ends and tonumber(ends) <= now then redis.call('DEL', meta, items, ids, ops, out, fields) end
end
local function keep(now, ttl, live)
  redis.call('HSET', meta, 'ends', string.format('%.0f', now + ttl))
  for i = 1, 6 do redis.call('PEXPIRE', KEYS[i], live) end
end
local function version() return tonumber(redis.call('HGET', meta, 'v') or '0') end
local function isFenced(run, epoch)
  if run == '' then return false end
  local seen = redis.call('HGET', meta, 'fence:' .. run)
  if seen and tonumber(seen) > tonumber(epoch) then return true end
  redis.call('HSET', meta, 'fence:' .. run, epoch)
  return false
end
local function parts(entry)
  local one = string.find(entry, '|', 1, true)
  local two = string.find(entry, '|', one + 1, true)
  return tonumber(string.sub(entry, 1, one - 1)), string.sub(entry, one + 1, two - 1)
end
`;

/** ARGV: now, op, expected version, run, epoch, ttl, live, most items, most tokens, most ops, then tokens, id, json of each item. */
export const APPEND = `${COMMON}
local now = clock(ARGV[1])
dropExpired(now)
local v = version()
if redis.call('ZSCORE', ops, ARGV[2]) then return {'repeated', v} end
if ARGV[3] ~= '' and tonumber(ARGV[3]) ~= v then return {'conflict', v} end
if isFenced(ARGV[4], ARGV[5]) then return {'fenced', v} end
local tokens = tonumber(redis.call('HGET', meta, 'tok') or '0')
local added = 0
for i = 11, #ARGV, 3 do
  if redis.call('SADD', ids, ARGV[i + 1]) == 1 then
    redis.call('RPUSH', items, ARGV[i] .. '|' .. ARGV[i + 1] .. '|' .. ARGV[i + 2])
    tokens = tokens + tonumber(ARGV[i])
    added = added + 1
  end
end
local ttl, live = tonumber(ARGV[6]), ARGV[7]
redis.call('ZADD', ops, redis.call('HINCRBY', meta, 'op', 1), ARGV[2])
redis.call('ZREMRANGEBYRANK', ops, 0, -tonumber(ARGV[10]) - 1)
if added == 0 then
  if v == 0 then redis.call('DEL', meta, ops) else keep(now, ttl, live) end
  return {'repeated', v}
end
local length = redis.call('LLEN', items)
local evicted = {}
while length > 1 and (length > tonumber(ARGV[8]) or tokens > tonumber(ARGV[9])) do
  local entry = redis.call('LPOP', items)
  local size, id = parts(entry)
  redis.call('SREM', ids, id)
  redis.call('RPUSH', out, entry)
  evicted[#evicted + 1] = entry
  tokens = tokens - size
  length = length - 1
end
v = redis.call('HINCRBY', meta, 'v', 1)
redis.call('HSET', meta, 'tok', string.format('%.4f', tokens))
keep(now, ttl, live)
return {'appended', v, length, string.format('%.4f', tokens), evicted}
`;

/** ARGV: now. */
export const READ = `${COMMON}
local now = clock(ARGV[1])
local ends = redis.call('HGET', meta, 'ends')
local v = version()
if v == 0 or not ends or tonumber(ends) <= now then return {0, {}, {}} end
return {v, redis.call('LRANGE', items, 0, -1), redis.call('LRANGE', out, 0, -1)}
`;

/** Forgets entries of the outbox. ARGV: ids. */
export const ACKNOWLEDGE = `${COMMON}
local safe = {}
for _, id in ipairs(ARGV) do safe[id] = true end
for _, entry in ipairs(redis.call('LRANGE', out, 0, -1)) do
  local _, id = parts(entry)
  if safe[id] then redis.call('LREM', out, 1, entry) end
end
return 1
`;

/** Removes items by id from the session and its outbox. ARGV: ids. Returns how many there were. */
export const DROP = `${COMMON}
local unwanted = {}
for _, id in ipairs(ARGV) do unwanted[id] = true end
local tokens, dropped = tonumber(redis.call('HGET', meta, 'tok') or '0'), 0
for _, list in ipairs({items, out}) do
  for _, entry in ipairs(redis.call('LRANGE', list, 0, -1)) do
    local size, id = parts(entry)
    if unwanted[id] then
      redis.call('LREM', list, 1, entry)
      dropped = dropped + 1
      if list == items then
        tokens = tokens - size
        redis.call('SREM', ids, id)
      end
    end
  end
end
if dropped > 0 and redis.call('EXISTS', meta) == 1 then
  redis.call('HSET', meta, 'tok', string.format('%.4f', tokens))
  redis.call('HINCRBY', meta, 'v', 1)
end
return dropped
`;

/** ARGV: now, expected version, ttl, live, then name and json of each field; an empty json removes the field. */
export const SET_FIELDS = `${COMMON}
local now = clock(ARGV[1])
dropExpired(now)
local v = tonumber(redis.call('HGET', meta, 'fv') or '0')
if ARGV[2] ~= '' and tonumber(ARGV[2]) ~= v then return {'conflict', v} end
for i = 5, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', fields, ARGV[i]) else redis.call('HSET', fields, ARGV[i], ARGV[i + 1]) end
end
v = redis.call('HINCRBY', meta, 'fv', 1)
keep(now, tonumber(ARGV[3]), ARGV[4])
return {'written', v}
`;

/** ARGV: now. */
export const READ_FIELDS = `${COMMON}
local ends = redis.call('HGET', meta, 'ends')
if not ends or tonumber(ends) <= clock(ARGV[1]) then return {0, {}} end
return {tonumber(redis.call('HGET', meta, 'fv') or '0'), redis.call('HGETALL', fields)}
`;
