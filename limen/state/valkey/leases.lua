-- Leases in a hash: a field ":HOLDER" each, beside fields of the bucket's own. As limen/state/leases.py has them: what
-- the holder has in hand, how much of it calls waited for (it is spent, unless the next word says otherwise), when the
-- holder was heard last, the number of its last words, what these were granted, and whether the answer said lapsed.

-- The book: other fields, leases by name, all that is held, and of that what nobody waited for.
local function read_leases(key, now)
  local flat = redis.call('HGETALL', key)
  local book = {key = key, fields = {}, leases = {}, held = 0, spare = 0}
  for i = 1, #flat, 2 do
    local name, value = flat[i], flat[i + 1]
    if string.byte(name) == 58 then
      local amount, waited_for, heard, number, granted, lapsed =
        string.match(value, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d)$')
      local lease = {amount = tonumber(amount), waited_for = tonumber(waited_for), number = tonumber(number),
        granted = tonumber(granted), lapsed = tonumber(lapsed)}
      -- A clock that was set back would keep dead holders alive until it is where it was.
      lease.heard = math.min(tonumber(heard), now)
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

-- The holder's lease, whether none was known, and whether these very words, or later ones, were heard before.
local function find_lease(book, holder, number, now)
  local lease = book.leases[holder]
  if lease == nil then
    lease = {amount = 0, waited_for = 0, heard = now, number = 0, granted = 0, lapsed = 1}
    book.leases[holder] = lease
    return lease, 1, false
  end
  lease.heard = now
  return lease, 0, 0 < number and number <= lease.number
end

-- Takes what was spent off the lease; the tokens that come back. More than it had comes from nobody.
local function settle(book, lease, used, back)
  used = math.min(math.max(used, 0), lease.amount)
  back = math.min(math.max(back, 0), lease.amount - used)
  book.spare = book.spare + lease.waited_for - used - back
  book.held = book.held - used - back
  lease.amount = lease.amount - used - back
  lease.waited_for = 0
  return back
end

local function grant(book, lease, number, lapsed, waited_for, wanted)
  lease.number, lease.lapsed, lease.granted, lease.waited_for = number, lapsed, waited_for + wanted, waited_for
  lease.amount = lease.amount + lease.granted
  book.held = book.held + lease.granted
  book.spare = book.spare + wanted
end

-- Tokens and lapsed of an answer that was lost; nothing for words that came late.
local function answer_again(lease, number)
  if number == lease.number then
    return lease.granted, lease.lapsed
  end
  return 0, 0
end

local function write_lease(book, holder)
  local lease = book.leases[holder]
  redis.call('HSET', book.key, holder, string.format('%.0f %.0f %.0f %.0f %.0f %d', lease.amount, lease.waited_for,
    lease.heard, lease.number, lease.granted, lease.lapsed))
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
