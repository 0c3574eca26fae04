-- Gives the lease on scheduling back, so that another replica takes it at once.
-- args: epoch
-- Answers: {'resigned'} | {'not_leader'}

if deposed(epoch) then
  return { 'not_leader' }
end
redis.call('DEL', KEY.leader)
EPOCH = nil
ring('vacant', epoch)
return { 'resigned' }
