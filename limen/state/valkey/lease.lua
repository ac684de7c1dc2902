-- A holder's word on a token bucket, as limen/state/buckets.py answers it.
-- KEYS: the bucket. ARGV: holder, number of its words, how many holders share, clock ahead, rate, burst, used, back,
-- need, want. Answer: tokens, seconds until one may be there, free tokens after this, whether no lease was known.
local holder, number, holders, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), read_clock(ARGV[4])
local rate, burst = math.max(0, tonumber(ARGV[5])), math.max(0, tonumber(ARGV[6]))
local need, want = math.max(0, tonumber(ARGV[9])), math.max(0, tonumber(ARGV[10]))

local book = read_book(KEYS[1], now)
  or {tokens = burst, at = now, rate = rate, burst = burst, leases = {}, held = 0, spare = 0}
book.at = math.min(book.at, now)

-- What is leased and was not waited for counts as still in the bucket.
local function limit()
  book.tokens = math.max(0, math.min(book.tokens, book.burst - book.spare))
end

local function refill(moment)
  if moment > book.at then
    book.tokens = book.tokens + book.rate * (moment - book.at) / 1000000
    book.at = moment
    limit()
  end
end

local function free()
  return math.floor(book.tokens + ROUNDING)
end

bury(book, now, LEASE_MICROS, refill)
refill(now)
book.rate, book.burst = rate, burst

local lease, is_outdated = find_lease(book, holder, number)
local granted, is_new = 0, 0
if not is_outdated then
  if lease == nil then
    lease = open_lease(book, holder)
  else
    book.tokens = book.tokens + settle(book, lease, number, tonumber(ARGV[7]), tonumber(ARGV[8]))
  end
  limit()
  local waited_for = math.min(need, free())
  book.tokens = book.tokens - waited_for
  local wanted = 0
  if want > 0 and burst >= SMALL_BURST then
    wanted = math.min(want, math.floor(free() / (2 * math.max(holders, count_leases(book)))))
  end
  book.tokens = book.tokens - wanted
  grant(book, lease, number, now, waited_for, wanted)
  granted, is_new = lease[GRANTED], lease[IS_NEW]
end

local wait = '0'
if granted < need then
  wait = LONGEST_WAIT
  if burst >= 1 and burst - book.spare < 1 then  -- others have all that fits, and speak soon
    wait = wait_for_word(book, now)
  elseif burst >= 1 and rate > 0 then
    wait = math.min((1 - book.tokens) / rate, LONGEST_WAIT)
  end
  wait = string.format('%.17g', wait)
end
local remaining = free()

-- A bucket that is full and has no leases is as good as none; repeated words have to be recognised for a while.
local lifetime = BUCKET_REST
if rate > 0 then
  lifetime = math.min(LONGEST_LIFE, math.max(0, burst - book.tokens) / rate + BUCKET_REST)
elseif book.tokens < burst then
  lifetime = LONGEST_LIFE
end
write_book(KEYS[1], book, lifetime)
return {granted, wait, remaining, is_new}
