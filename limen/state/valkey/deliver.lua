-- Counts admitted calls of a key under a plan, once: in counters, ledger and quota together.
-- KEYS: quota, hours, seen, days, then counters and ledger of each day. ARGV: holder, number of the delivery, clock
-- ahead, days that the ledger is kept, how many days, the days, then for each entry: index of its day, minute, calls, what was called.
-- Answer: 1, or 0 where the delivery was counted before.
local quota, hours, seen, days = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local holder, number, ledger_days, day_count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
local days_known = math.max(DAYS_KEPT, ledger_days)
local now = read_clock(ARGV[3])
local today = math.floor(now / 86400000000)

-- What was counted before is not counted again.
local last = redis.call('HGET', seen, holder)
if last and number <= tonumber(string.match(last, '^%d+')) then
  return 0
end

for i = 1, day_count do
  local day = ARGV[5 + i]
  if redis.call('ZADD', days, day, day) == 1 then
    redis.call('ZREMRANGEBYSCORE', days, '-inf', string.format('%.0f', math.min(day, today) - days_known))
    for _, hour in ipairs(redis.call('HKEYS', hours)) do
      if hour / 24 < math.min(day, today) - HOURS_KEPT_DAYS then redis.call('HDEL', hours, hour) end
    end
  end
end

local book = read_book(quota, now)
local in_period = 0
for i = 6 + day_count, #ARGV, 4 do
  local index, minute, calls, called = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local hour = string.format('%.0f', math.floor(minute / 60))
  redis.call('HINCRBY', hours, hour, calls)
  redis.call('HINCRBY', KEYS[3 + 2 * index], hour .. '\31' .. called, calls)
  redis.call('RPUSH', KEYS[4 + 2 * index], minute .. '\31' .. calls .. '\31' .. called)
  if book and book.start <= minute * 60 and minute * 60 < book.ends then
    in_period = in_period + calls
  end
end

if in_period > 0 then
  book.used = book.used + in_period
  local lease = book.leases[holder]
  if lease then
    local spent = math.min(in_period, lease[AMOUNT])
    lease[AMOUNT] = lease[AMOUNT] - spent
    lease[WAITED_FOR] = math.max(0, lease[WAITED_FOR] - spent)
  end
  write_book(quota, book, QUOTA_REST)
end

if not last then
  for i, entry in ipairs(redis.call('HGETALL', seen)) do
    if i % 2 == 1 then
      last = entry  -- a field, whose value comes next
    elseif tonumber(string.match(entry, '%d+$')) < today - REPEATS_KEPT_DAYS then
      redis.call('HDEL', seen, last)
    end
  end
end
redis.call('HSET', seen, holder, string.format('%.0f %.0f', number, today))
for _, key in ipairs({hours, seen}) do
  redis.call('EXPIRE', key, DAYS_KEPT * 86400)
end
redis.call('EXPIRE', days, days_known * 86400)
for i = 5, #KEYS, 2 do
  redis.call('EXPIRE', KEYS[i], DAYS_KEPT * 86400)
  redis.call('EXPIRE', KEYS[i + 1], ledger_days * 86400)
end
return 1
