-- Runs the scripts that are asked for, in order: ARGV is the caller's epoch or '', and of each script its name, how many
-- arguments it has, and those.
-- Answers: {bell, answer, …}  (bell: what they ring for, JSON or ''; answer: what each answers, or its error)
-- An error ends its own script, and the others run all the same.

-- Servers differ in what they throw: a table, or its text, with or without the place in front of it.
local function error_of(name, thrown)
  local text = type(thrown) == 'table' and thrown.err or tostring(thrown)
  text = string.match(text, '^[^%u]*(%u%u+ .*)') or 'ERR ' .. text
  -- The client looks for another server when the whole call is answered so.
  if string.find(text, 'READONLY', 1, true) == 1 then
    error(thrown)
  end
  return { err = text .. ' (' .. name .. ')' }
end

local scripts = {}
local answers = {}
local at = 2
while at <= #ARGV do
  local name = ARGV[at]
  local last = at + 1 + ARGV[at + 1]
  scripts[name] = scripts[name] or script_named(name)
  local done, answer = pcall(scripts[name], unpack(ARGV, at + 2, last))
  answers[#answers + 1] = done and answer or error_of(name, answer)
  at = last + 1
end
return { rung(), unpack(answers) }
