-- Leases in a hash: a field ":HOLDER" each, beside fields of the bucket's own. As limen/state/leases.py has them: what
-- the holder has in hand, how much of it calls waited for (it is spent, unless the next word says otherwise), when the
-- holder was heard last, the number of its last words, what these were granted, and whether these words opened it.

local function write_lease(key, holder, lease)
  redis.call('HSET', key, holder, string.format('%.0f %.0f %.0f %.0f %.0f %d', lease.amount, lease.waited_for,
    lease.heard, lease.number, lease.granted, lease.is_new))
end

-- The book: other fields, leases by name, all that is held, and of that what nobody waited for.
local function read_leases(key, now)
  local flat = redis.call('HGETALL', key)
  local book = {key = key, fields = {}, leases = {}, held = 0, spare = 0}
  for i = 1, #flat, 2 do
    local name, value = flat[i], flat[i + 1]
    if string.byte(name) == 58 then
      local amount, waited_for, heard, number, granted, is_new =
        string.match(value, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d)$')
      local lease = {amount = tonumber(amount), waited_for = tonumber(waited_for), number = tonumber(number),
        granted = tonumber(granted), is_new = tonumber(is_new)}
      lease.heard = tonumber(heard)
      if lease.heard > now then  -- a clock that was set back would keep dead holders alive until it is where it was
        lease.heard = now
        write_lease(key, name, lease)
      end
      book.leases[name] = lease
      book.held = book.held + lease.amount
      book.spare = book.spare + lease.amount - lease.waited_for
    else
      book.fields[name] = value
    end
  end
  return book
end

-- Ends what has run out; `before(book, moment)` is called at the end of each, in their order.
local function bury(book, now, lease_micros, before)
  local dead = {}
  for name, lease in pairs(book.leases) do
    if lease.heard + lease_micros <= now then
      dead[#dead + 1] = name
    end
  end
  table.sort(dead, function(a, b) return book.leases[a].heard < book.leases[b].heard end)
  for _, name in ipairs(dead) do
    local lease = book.leases[name]
    if before then before(book, lease.heard + lease_micros) end
    book.held = book.held - lease.amount
    book.spare = book.spare - lease.amount + lease.waited_for
    book.leases[name] = nil
    redis.call('HDEL', book.key, name)
  end
end

-- The holder's lease, nil where there is none; and whether it has said more since, so that nobody waits for an answer.
local function find_lease(book, holder, number)
  local lease = book.leases[holder]
  return lease, lease ~= nil and 0 < number and number < lease.number
end

local function open_lease(book, holder)
  local lease = {amount = 0, waited_for = 0, heard = 0, number = 0, granted = 0, is_new = 1}
  book.leases[holder] = lease
  return lease
end

-- Takes what was spent off the lease; the tokens that come back. More than it had comes from nobody. Words that are
-- repeated have been taken in: their answer was lost, and what that granted ahead comes back. What was granted to calls
-- that waited does not: its room may have been filled since.
local function settle(book, lease, number, used, back)
  if 0 < number and number == lease.number then
    used, back = lease.waited_for, lease.granted - lease.waited_for
  else
    used = math.min(math.max(used, 0), lease.amount)
    back = math.min(math.max(back, 0), lease.amount - used)
    lease.is_new = 0
  end
  book.spare = book.spare + lease.waited_for - used - back
  book.held = book.held - used - back
  lease.amount = lease.amount - used - back
  lease.waited_for, lease.granted = 0, 0
  return back
end

local function grant(book, lease, number, now, waited_for, wanted)
  lease.number, lease.heard, lease.granted, lease.waited_for = number, now, waited_for + wanted, waited_for
  lease.amount = lease.amount + lease.granted
  book.held = book.held + lease.granted
  book.spare = book.spare + wanted
end

-- Seconds until the holder speaks that has been silent for the longest among those that have something.
local function wait_for_word(book, now)
  local heard = nil
  for _, lease in pairs(book.leases) do
    if lease.amount > 0 and (heard == nil or lease.heard < heard) then
      heard = lease.heard
    end
  end
  return math.max(((heard or 0) - now) / 1000000 + WORD_INTERVAL, SHORTEST_WAIT)
end

local function count_leases(book)
  local count = 0
  for _ in pairs(book.leases) do count = count + 1 end
  return count
end
