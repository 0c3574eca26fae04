-- A worker whose hash was kept, since cleanup removed it or Redis forgot it, sends heartbeats again: its hash and
-- membership are put back, newer fields kept. It would never join the list again by itself. One without a heartbeat key
-- has said goodbye: its last heartbeat was merely heard late.
-- args: worker_id
-- Answers: {'restored'} | {'unknown'}

local kept = KEY.removedWorker .. worker_id
if redis.call('SISMEMBER', KEY.workerIds, worker_id) == 1 or redis.call('EXISTS', kept) == 0
  or not heartbeat_of(worker_id) then
  return { 'unknown' }
end
local worker = KEY.worker .. worker_id
local newer = redis.call('HGETALL', worker)
redis.call('DEL', worker)
redis.call('RENAME', kept, worker)
redis.call('PERSIST', worker)
if #newer > 0 then
  redis.call('HSET', worker, unpack(newer))
end
redis.call('SADD', KEY.workerIds, worker_id)
redis.call('PERSIST', KEY.lease .. worker_id)
redis.call('HSET', KEY.lease .. worker_id, 'stale', '0', 'heard_at', NOW_TEXT,
  'heartbeat', heartbeat_of(worker_id) or '')
announce_worker('WORKER_RETURNED', worker_id)
ring('changed', worker_id)
return { 'restored' }
