-- Looks at a worker's heartbeat: alive, stale, or back from being stale. Staleness is time since a heartbeat was last
-- seen to change, by Redis' clock, or a key that is gone; registering counts as a heartbeat.
-- args: worker_id heartbeat_ttl_us
-- Answers: {'alive'} | {'returned'} | {'stale', heard_at, newly}  (newly: '1' the first time)

local lease = KEY.lease .. worker_id
local f = redis.call('HMGET', lease, 'heartbeat', 'heard_at', 'registered_at', 'stale')
local heartbeat = redis.call('GET', KEY.worker .. worker_id .. KEY.heartbeatSuffix)
local heard_at = tonumber(f[2] or 0)
if heartbeat and heartbeat ~= f[1] then
  heard_at = NOW
  redis.call('HSET', lease, 'heartbeat', heartbeat, 'heard_at', int(NOW))
elseif not f[2] then
  heard_at = NOW
  redis.call('HSET', lease, 'heard_at', int(NOW))
end
local ttl = tonumber(heartbeat_ttl_us)
local stale = heard_at + ttl < NOW or (not heartbeat and tonumber(f[3] or 0) + ttl < NOW)
if stale then
  local newly = f[4] ~= '1'
  if newly then
    redis.call('HSET', lease, 'stale', '1')
    announce_worker('WORKER_STALE', worker_id)
  end
  return reply('stale', int(heard_at), newly and '1' or '0')
end
if f[4] == '1' then
  redis.call('HSET', lease, 'stale', '0')
  announce_worker('WORKER_RETURNED', worker_id)
  ring('freed', worker_id)
  return reply('returned')
end
return reply('alive')
