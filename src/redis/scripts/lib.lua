-- Shared by every script: time, events, and the steps that several transitions have in common.
-- KEY and CHANNEL come from keys.ts, OWN_EVENT is how our own events begin. A script ends with `return { … }`: the words of
-- its answer.

local function now_us()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

-- One moment for all scripts of a call.
local NOW = now_us()

local function int(n)
  return string.format('%.0f', n)
end

local NOW_TEXT = int(NOW)

-- Days to civil date after Howard Hinnant's algorithm.
local function formatted(us)
  local seconds = math.floor(us / 1000000)
  local z = math.floor(seconds / 86400) + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local day = doy - math.floor((153 * mp + 2) / 5) + 1
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  local s = seconds % 86400
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%06dZ', year, month, day,
    math.floor(s / 3600), math.floor(s / 60) % 60, s % 60, us % 1000000)
end

-- ISO 8601 in UTC with microseconds. Nearly always of this very moment.
local NOW_ISO
local function iso(us)
  if us ~= NOW then
    return formatted(us)
  end
  NOW_ISO = NOW_ISO or formatted(NOW)
  return NOW_ISO
end

-- The epoch of the caller, if it schedules, or ''.
local HOME = ARGV[1]

-- The epoch of whoever schedules, or false. Asked once: within a call only `lead` and `resign` change it.
local EPOCH
local function epoch_now()
  if EPOCH == nil then
    EPOCH = redis.call('HGET', KEY.leader, 'epoch')
  end
  return EPOCH
end

local function at_home()
  return HOME ~= '' and epoch_now() == HOME
end

-- What the doorbell says at the end: pairs of kind and item, in order.
local BELL = {}

local function ring(kind, item)
  BELL[#BELL + 1] = { kind, item }
end

-- A caller that schedules is told with the answer, anybody else's bell is heard by whoever does.
local function rung()
  local bell = #BELL > 0 and cjson.encode(BELL) or ''
  if bell ~= '' and not at_home() then
    redis.call('PUBLISH', CHANNEL.doorbell, bell)
    bell = ''
  end
  return bell
end

-- `event` has at least one field, and no source.
local function publish_event(channel, event)
  redis.call('PUBLISH', channel, OWN_EVENT .. string.sub(cjson.encode(event), 2))
end

local function announce(kind, id, fields)
  local event = fields or {}
  event.type = kind
  event.task_id = id
  event.ts = iso(NOW)
  publish_event(CHANNEL.taskEvents, event)
end

local function announce_worker(kind, id)
  publish_event(CHANNEL.workerEvents, { type = kind, worker_id = id, ts = iso(NOW) })
end

-- What a worker writes may be of another type than it should be: that is a hole in its report, not the end of the script.
local function peek(command, ...)
  local answer = redis.pcall(command, ...)
  if type(answer) == 'table' and answer.err then
    return nil
  end
  return answer
end

local function heartbeat_of(worker)
  return peek('GET', KEY.worker .. worker .. KEY.heartbeatSuffix)
end

local function get(id, ...)
  return redis.call('HMGET', KEY.task .. id, ...)
end

-- Moves a task from one status index to the next and writes the fields that change with it. `sequence` is its own.
local function move(id, sequence, from, to, ...)
  redis.call('HSET', KEY.task .. id, 'status', to, ...)
  redis.call('ZREM', KEY.tasksByStatus .. from, id)
  redis.call('ZADD', KEY.tasksByStatus .. to, sequence, id)
end

-- A PENDING task can be placed, which the scheduler is told with all it needs for that, unless it knows.
local function make_ready(id, is_known)
  local f = get(id, 'score', 'resources', 'last_failed_worker', 'uses', 'parallel')
  redis.call('ZADD', KEY.ready, f[1], id)
  if is_known then
    return
  end
  ring('ready', {
    id = id,
    score = f[1],
    resources = f[2],
    last_failed_worker = f[3] or '',
    uses_results = f[4] ~= false,
    is_parallel = f[5] == '1',
  })
end

-- Whoever does not schedule (any more) decides nothing. An epoch of '' is evidence of a worker or the wish of a client,
-- which counts by whatever replica it comes.
local function deposed(epoch)
  return epoch ~= '' and epoch_now() ~= epoch
end

-- In which sorted sets a task of this status can be, beside the indexes.
local QUEUES = {
  PENDING = { KEY.ready },
  WAITING = { KEY.retries },
  DISPATCHED = { KEY.unacknowledged },
  RUNNING = {},
}

-- The task is in no queue any more. `status`: the one that it leaves. `timeout_sec`: of the task, if an attempt has a time.
local function leave_queues(id, status, timeout_sec)
  if timeout_sec then
    redis.call('ZREM', KEY.deadlines, id)
  end
  for _, queue in ipairs(QUEUES[status]) do
    if redis.call('ZREM', queue, id) == 1 and queue == KEY.ready then
      ring('gone', id)
    end
  end
end

-- Ends the lease that a task's attempt has on its worker, if it still has it. `heard`: the worker itself ended the
-- task, so that it listens, and a RUNNING left in its hash is an IDLE that got lost; on a cancelled or lost task it may be
-- busy still.
local function end_lease(worker, attempt_id, task_id, heard)
  if not worker or not attempt_id then
    return
  end
  local lease = KEY.lease .. worker
  if redis.call('HGET', lease, 'attempt_id') ~= attempt_id then
    return
  end
  redis.call('HDEL', lease, 'task_id', 'attempt_id', 'since', 'orphaned')
  if heard then
    redis.call('HSET', lease, 'ended_task', task_id, 'ended_at', NOW_TEXT, 'ended_heard', '1', 'proven', '1', 'rests', '0')
    ring('freed', { worker, task_id, NOW_TEXT })
  else
    redis.call('HSET', lease, 'ended_task', task_id, 'ended_at', NOW_TEXT, 'ended_heard', '0')
    ring('changed', worker)
  end
end

-- One dependency of each dependent is done; those with none left can be placed.
-- `expected`: JSON list of those that the caller has queued already, which counts if it schedules; or ''.
local function release_dependents(id, expected)
  local known = {}
  for _, dependent in ipairs(expected ~= '' and at_home() and cjson.decode(expected) or {}) do
    known[dependent] = true
  end
  for _, dependent in ipairs(redis.call('LRANGE', KEY.dependents .. id, 0, -1)) do
    if redis.call('SREM', KEY.waitingOn .. dependent, id) == 1
      and redis.call('EXISTS', KEY.waitingOn .. dependent) == 0
      and redis.call('HGET', KEY.task .. dependent, 'status') == 'PENDING' then
      make_ready(dependent, known[dependent])
    end
  end
end

local TERMINAL = { DONE = true, FAILED = true, CANCELLED = true }

-- Notes since when the files of an ended task are kept, and how long at the most where its document says so.
-- `indexed`: '1' where age or room bounds what is kept.
local function index_end(id, finished_at, ttl_sec, indexed)
  if indexed == '1' then
    redis.call('ZADD', KEY.ended, int(tonumber(finished_at)), id)
  end
  if ttl_sec then
    redis.call('ZADD', KEY.expiring, int(finished_at + ttl_sec * 1000000), id)
  end
end

local DEPENDENTS_CHUNK = 500
-- Of what depends on a task by way of others no more than so many are looked at: some ten milliseconds.
local MOST_FURTHER = 10000

local function is_open(id)
  local status = redis.call('HGET', KEY.task .. id, 'status')
  return status and not TERMINAL[status]
end

-- The dependents of a task, the latest first: whoever is open is most likely among them.
local function dependents_of(id)
  local last = redis.call('LLEN', KEY.dependents .. id) - 1
  local list = {}
  local at = 0
  return function()
    if at == 0 and last >= 0 then
      local first = math.max(0, last - DEPENDENTS_CHUNK + 1)
      list = redis.call('LRANGE', KEY.dependents .. id, first, last)
      last = first - 1
      at = #list
    end
    at = at - 1
    return list[at + 1]
  end
end

-- A task that is open and depends on this one: by itself, or by way of tasks that are DONE, which may have passed on what
-- their results say of its files.
local function open_dependent(id)
  local level = { id }
  local seen = { [id] = true }
  local further = 0
  while #level > 0 do
    local next_level = {}
    for _, made in ipairs(level) do
      for dependent in dependents_of(made) do
        local status = redis.call('HGET', KEY.task .. dependent, 'status')
        if status and not TERMINAL[status] then
          return dependent
        end
        if status == 'DONE' and not seen[dependent] then
          seen[dependent] = true
          next_level[#next_level + 1] = dependent
        end
        if made ~= id then
          further = further + 1
          if further == MOST_FURTHER then
            return nil
          end
        end
      end
    end
    level = next_level
  end
end

-- Why the files of a task cannot be deleted, as the answer that says so; nil when they can. What a shard has made is
-- needed as long as its parent is open or needed: aggregates name files of shards.
local function obstacle_to_deletion(id)
  local f = get(id, 'status', 'deleted_at', 'parent')
  if not f[1] then
    return { 'unknown' }
  elseif not TERMINAL[f[1]] then
    return { 'open', f[1] }
  elseif f[2] then
    return { 'deleted', f[2] }
  end
  if f[3] and is_open(f[3]) then
    return { 'needed', f[3], 'parent' }
  end
  for _, made in ipairs(f[3] and { id, f[3] } or { id }) do
    if redis.call('SISMEMBER', KEY.delivering, made) == 1 then
      return { 'needed', made, 'delivery' }
    end
    local dependent = open_dependent(made)
    if dependent then
      return { 'needed', dependent, 'dependent' }
    end
  end
end

-- Ends a task without success, and with it what cannot go on: everything downstream, a shard's parent and siblings.
-- Downstream tasks name the culprit, not their neighbour.
-- `indexed`: see index_end. Returns how many tasks it ended.
local function abort(root, root_status, root_error, root_reason, heard, indexed)
  local work = { { id = root, status = root_status, error = root_error, reason = root_reason } }
  local at = 1
  local count = 0
  while work[at] do
    local item = work[at]
    local id = item.id
    at = at + 1
    local f = get(id, 'status', 'worker', 'attempt_id', 'name', 'parent', 'shard_index', 'ttl_sec', 'sequence', 'uploads',
      'timeout_sec')
    if f[1] and not TERMINAL[f[1]] then
      move(id, f[8], f[1], item.status, 'finished_at', NOW_TEXT, 'error', item.error, 'reason', item.reason)
      redis.call('HDEL', KEY.task .. id, 'next_retry_at')
      if heard and id == root then
        redis.call('HSET', KEY.task .. id, 'last_failed_worker', f[2] or '')
      end
      leave_queues(id, f[1], f[10])
      end_lease(f[2], f[3], id, heard and id == root)
      redis.call('SREM', KEY.aggregating, id)
      redis.call('DEL', KEY.waitingOn .. id, KEY.openShards .. id)
      if f[9] then
        -- Files of attempts before the last are nobody's.
        redis.call('SADD', KEY.unsettled, id)
      end
      index_end(id, NOW, f[7], indexed)
      announce('TASK_ENDED', id, { status = item.status, error = item.error, reason = item.reason })
      count = count + 1

      local ended = (item.status == 'FAILED' and ' failed: ' or ' was cancelled: ')
        .. (item.error ~= '' and item.error or item.reason)
      for _, shard in ipairs(redis.call('LRANGE', KEY.shards .. id, 0, -1)) do
        work[#work + 1] = { id = shard, status = 'CANCELLED', error = '', reason = 'parent ' .. id .. ended }
      end
      if f[5] then
        local why = 'shard ' .. f[6] .. ' (' .. id .. ')' .. ended
        work[#work + 1] = { id = f[5], status = item.status, error = why, reason = why }
      end
      local culprit = item.culprit or ('upstream task "' .. f[4] .. '" (' .. id .. ')' .. ended)
      for _, dependent in ipairs(redis.call('LRANGE', KEY.dependents .. id, 0, -1)) do
        work[#work + 1] = { id = dependent, status = item.status, error = culprit, reason = culprit, culprit = culprit }
      end
    end
  end
  return count
end

-- Compare of compare-and-set: the task's sequence number and these fields of it if it is as it was read, else false. An
-- absent attempt is the empty string.
local function as_read(id, status, attempt_id, ...)
  local f = get(id, 'status', 'attempt_id', 'sequence', ...)
  if f[1] ~= status or (f[2] or '') ~= attempt_id then
    return false
  end
  return unpack(f, 3, 3 + select('#', ...))
end
