-- A holder's word on the quota of a key in a plan, as limen/state/buckets.py answers it. What was spent is told by
-- deliveries alone.
-- KEYS: quota, hours, extras. ARGV: holder, number of its words, how many holders share, clock ahead, limit, period,
-- offset, began, back, need, want. Answer: tokens, seconds until one may be there, what remains, seconds to the
-- period's end, whether no lease was known.
local holder, number, holders, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), read_clock(ARGV[4])
local back, need, want = tonumber(ARGV[9]), math.max(0, tonumber(ARGV[10])), math.max(0, tonumber(ARGV[11]))

local period, book = read_quota(KEYS[1], KEYS[2], ARGV[6], now)
local allowed = allowed_calls(tonumber(ARGV[5]), tonumber(ARGV[7]), tonumber(ARGV[8]), period)
  + tonumber(redis.call('HGET', KEYS[3], period.name) or 0)

local function free()
  return math.max(0, allowed - book.used - book.held)
end

bury(book, now, QUOTA_LEASE_MICROS)
local lease, is_outdated = find_lease(book, holder, number)
local granted, is_new = 0, 0
if not is_outdated then
  if lease == nil then
    lease = open_lease(book, holder)
  else
    settle(book, lease, number, 0, back)
  end
  local left = free()
  local waited_for = math.min(need, left)
  left = left - waited_for
  local wanted = 0
  holders = math.max(holders, count_leases(book))
  if left > LAST_CALLS * holders then
    wanted = math.min(want, math.floor(left / (2 * holders)))
  end
  grant(book, lease, number, now, waited_for, wanted)
  granted, is_new = lease[GRANTED], lease[IS_NEW]
end

local ends_in = math.max(0, period.ends - now / 1000000)
local wait = 0
if granted < need then
  wait = ends_in
  if allowed > book.used and book.held > 0 then  -- others may give back
    wait = math.min(wait, wait_for_word(book, now))
  end
end
local remaining = free()
write_book(KEYS[1], book, QUOTA_REST)
return {granted, string.format('%.17g', wait), remaining, string.format('%.17g', ends_in), is_new}
