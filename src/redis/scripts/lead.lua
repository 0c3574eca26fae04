-- Takes the lease on scheduling when nobody has it, or renews it.
-- args: epoch replica lease_ms
-- epoch: a random token of the term that the caller has or wants. It is compared for equality: a number would go back
-- with a failover of Redis. term: a number for people.
-- Answers: {'leading', term, pulse, dataset} | {'following', replica, remaining_ms, pulse, dataset}
-- pulse: counts renewals of whoever leads. One that goes back says that Redis lost writes. dataset: the epoch of the very
-- first leader. Another one says that Redis was emptied, however far the pulse has come since.

local leader = redis.call('HMGET', KEY.leader, 'epoch', 'replica', 'term')
if leader[1] and leader[1] ~= epoch then
  local pulse = tonumber(redis.call('GET', KEY.leaderPulse) or 0)
  return { 'following', leader[2], redis.call('PTTL', KEY.leader), pulse, redis.call('GET', KEY.dataset) }
end
local term = leader[3]
if not leader[1] then
  term = int(redis.call('INCR', KEY.leaderTerm))
  redis.call('HSET', KEY.leader, 'epoch', epoch, 'replica', replica, 'term', term, 'since', NOW_TEXT)
  EPOCH = nil
end
redis.call('PEXPIRE', KEY.leader, lease_ms)
redis.call('SET', KEY.dataset, epoch, 'NX')
return { 'leading', tonumber(term), redis.call('INCR', KEY.leaderPulse), redis.call('GET', KEY.dataset) }
