-- The book of a bucket or a quota: one value in MessagePack, which is read and written twice as fast as a hash. Beside
-- fields of its own it has `leases` by holder, as limen/state/leases.py has them:
local AMOUNT, WAITED_FOR = 1, 2  -- what the holder has; of that, what calls waited for: spent, unless it says otherwise
local HEARD = 3  -- microseconds
local NUMBER, GRANTED, IS_NEW = 4, 5, 6  -- of its last words; what these were granted; whether they opened the lease

-- With `held` and `spare`: all that is leased, and of that what nobody waited for. nil where there is none.
local function read_book(key, now)
  local packed = redis.call('GET', key)
  if not packed then return nil end
  local book = cmsgpack.unpack(packed)
  book.held, book.spare = 0, 0
  for _, lease in pairs(book.leases) do
    book.held = book.held + lease[AMOUNT]
    book.spare = book.spare + lease[AMOUNT] - lease[WAITED_FOR]
    if lease[HEARD] > now then  -- a clock that was set back would keep dead holders alive until it is where it was
      lease[HEARD] = now
    end
  end
  return book
end

local function write_book(key, book, seconds)
  book.held, book.spare = nil, nil
  redis.call('SET', key, cmsgpack.pack(book), 'PX', math.ceil(seconds * 1000))
end

-- Ends what has run out; `before(moment)` is called at the end of each, in their order.
local function bury(book, now, lease_micros, before)
  local dead = {}
  for holder, lease in pairs(book.leases) do
    if lease[HEARD] + lease_micros <= now then dead[#dead + 1] = holder end
  end
  if #dead > 1 then
    table.sort(dead, function(a, b) return book.leases[a][HEARD] < book.leases[b][HEARD] end)
  end
  for _, holder in ipairs(dead) do
    local lease = book.leases[holder]
    if before then before(lease[HEARD] + lease_micros) end
    book.held = book.held - lease[AMOUNT]
    book.spare = book.spare - lease[AMOUNT] + lease[WAITED_FOR]
    book.leases[holder] = nil
  end
end

-- The holder's lease, nil where there is none; and whether it has said more since, so that nobody waits for an answer.
local function find_lease(book, holder, number)
  local lease = book.leases[holder]
  return lease, lease ~= nil and 0 < number and number < lease[NUMBER]
end

local function open_lease(book, holder)
  local lease = {0, 0, 0, 0, 0, 1}
  book.leases[holder] = lease
  return lease
end

-- Takes what was spent off the lease; the tokens that come back. More than it had comes from nobody. Words that are
-- repeated have been taken in: their answer was lost, and what that granted ahead comes back. What was granted to calls
-- that waited does not: its room may have been filled since.
local function settle(book, lease, number, used, back)
  if 0 < number and number == lease[NUMBER] then
    used, back = lease[WAITED_FOR], lease[GRANTED] - lease[WAITED_FOR]
  else
    used = math.min(math.max(used, 0), lease[AMOUNT])
    back = math.min(math.max(back, 0), lease[AMOUNT] - used)
    lease[IS_NEW] = 0
  end
  book.spare = book.spare + lease[WAITED_FOR] - used - back
  book.held = book.held - used - back
  lease[AMOUNT] = lease[AMOUNT] - used - back
  lease[WAITED_FOR], lease[GRANTED] = 0, 0
  return back
end

local function grant(book, lease, number, now, waited_for, wanted)
  lease[NUMBER], lease[HEARD], lease[GRANTED], lease[WAITED_FOR] = number, now, waited_for + wanted, waited_for
  lease[AMOUNT] = lease[AMOUNT] + lease[GRANTED]
  book.held = book.held + lease[GRANTED]
  book.spare = book.spare + wanted
end

-- Seconds until the holder speaks that has been silent for the longest among those that have something.
local function wait_for_word(book, now)
  local heard = nil
  for _, lease in pairs(book.leases) do
    if lease[AMOUNT] > 0 and (heard == nil or lease[HEARD] < heard) then
      heard = lease[HEARD]
    end
  end
  return math.max(((heard or 0) - now) / 1000000 + WORD_INTERVAL, SHORTEST_WAIT)
end

local function count_leases(book)
  local count = 0
  for _ in pairs(book.leases) do count = count + 1 end
  return count
end
