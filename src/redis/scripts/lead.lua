-- Takes the lease on scheduling when nobody has it, or renews it.
-- args: epoch replica lease_ms
-- epoch: a random token of the term that the caller has or wants. It is compared for equality: a number would go back
-- with a failover of Redis. term: a number for people.
-- Answers: {'leading', term, pulse} | {'following', replica, remaining_ms, pulse}
-- pulse: counts renewals of whoever leads. One that goes back says that Redis lost writes.

local leader = redis.call('HMGET', KEY.leader, 'epoch', 'replica', 'term')
if leader[1] and leader[1] ~= epoch then
  return reply('following', leader[2], redis.call('PTTL', KEY.leader), tonumber(redis.call('GET', KEY.leaderPulse) or 0))
end
local term = leader[3]
if not leader[1] then
  term = int(redis.call('INCR', KEY.leaderTerm))
  redis.call('HSET', KEY.leader, 'epoch', epoch, 'replica', replica, 'term', term, 'since', int(NOW))
end
redis.call('PEXPIRE', KEY.leader, lease_ms)
return reply('leading', tonumber(term), redis.call('INCR', KEY.leaderPulse))
