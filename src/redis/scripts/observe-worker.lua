-- Looks at a worker's heartbeat: alive, stale, or back from being stale. Staleness is time since a heartbeat was last
-- seen to change, by Redis' clock, or a key that is gone; registering counts as a heartbeat.
-- args: worker_id heartbeat_ttl_us excused
-- excused: '1' while silence may be our own fault: nobody becomes stale then.
-- Answers: {'alive'} | {'returned'} | {'stale', heard_at, newly}  (newly: '1' the first time)

local lease = KEY.lease .. worker_id
local f = redis.call('HMGET', lease, 'heartbeat', 'heard_at', 'registered_at', 'stale')
local heartbeat = heartbeat_of(worker_id)
-- Another Redis may have another clock: what lies in its future was just now.
local function not_later(field, value)
  local at = tonumber(value or 0)
  if at <= NOW then
    return at
  end
  redis.call('HSET', lease, field, NOW_TEXT)
  return NOW
end
local registered_at = not_later('registered_at', f[3])
local heard_at = not_later('heard_at', f[2])
if heartbeat and heartbeat ~= f[1] then
  heard_at = NOW
  redis.call('HSET', lease, 'heartbeat', heartbeat, 'heard_at', NOW_TEXT)
elseif not f[2] then
  heard_at = NOW
  redis.call('HSET', lease, 'heard_at', NOW_TEXT)
end
local ttl = tonumber(heartbeat_ttl_us)
local stale = heard_at + ttl < NOW or (not heartbeat and registered_at + ttl < NOW)
if stale then
  local newly = f[4] ~= '1'
  if newly and excused == '1' then
    return { 'alive' }
  end
  if newly then
    redis.call('HSET', lease, 'stale', '1')
    announce_worker('WORKER_STALE', worker_id)
  end
  return { 'stale', int(heard_at), newly and '1' or '0' }
end
if f[4] == '1' then
  redis.call('HSET', lease, 'stale', '0')
  announce_worker('WORKER_RETURNED', worker_id)
  ring('changed', worker_id)
  return { 'returned' }
end
return { 'alive' }
