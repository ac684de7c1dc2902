-- A holder's word on a token bucket, as limen/state/buckets.py answers it.
-- KEYS: the bucket. ARGV: holder, number of its words, how many holders share, clock ahead, rate, burst, used, back,
-- need, want. Answer: tokens, seconds until one may be there, free tokens after this, whether no lease was known.
local holder, number, holders, now = ':' .. ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), read_clock(ARGV[4])
local new_rate, new_burst = math.max(0, tonumber(ARGV[5])), math.max(0, tonumber(ARGV[6]))
local used, back, need, want = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

local book = read_leases(KEYS[1], now)
local rate, burst = tonumber(book.fields.rate or new_rate), tonumber(book.fields.burst or new_burst)
local tokens, at = tonumber(book.fields.tokens or new_burst), math.min(tonumber(book.fields.at or now), now)

-- What is leased and was not waited for counts as still in the bucket.
local function limit()
  tokens = math.max(0, math.min(tokens, burst - book.spare))
end

local function refill(_, moment)
  if moment > at then
    tokens = tokens + rate * (moment - at) / 1000000
    at = moment
    limit()
  end
end

local function free()
  return math.floor(tokens + ROUNDING)
end

bury(book, now, LEASE_MICROS, refill)
refill(book, now)
rate, burst = new_rate, new_burst

local lease, is_outdated = find_lease(book, holder, number)
local granted, is_new = 0, 0
if not is_outdated then
  if lease == nil then
    lease = open_lease(book, holder)
  else
    tokens = tokens + settle(book, lease, number, used, back)
  end
  limit()
  local waited_for = math.min(math.max(need, 0), free())
  tokens = tokens - waited_for
  local wanted = 0
  if burst >= SMALL_BURST then
    local share = math.floor(free() / (2 * math.max(holders, count_leases(book))))
    wanted = math.min(math.max(want, 0), share)
  end
  tokens = tokens - wanted
  grant(book, lease, number, now, waited_for, wanted)
  granted, is_new = lease.granted, lease.is_new
end

local wait = 0
if granted < need then
  wait = LONGEST_WAIT
  if burst >= 1 and burst - book.spare < 1 then  -- others have all that fits, and speak soon
    wait = wait_for_word(book, now)
  elseif burst >= 1 and rate > 0 then
    wait = math.min((1 - tokens) / rate, LONGEST_WAIT)
  end
end

-- A bucket that is full and has no leases is as good as none; repeated words have to be recognised for a while.
local lifetime = BUCKET_REST
if rate > 0 then
  lifetime = math.min(LONGEST_LIFE, math.max(0, burst - tokens) / rate + BUCKET_REST)
elseif tokens < burst then
  lifetime = LONGEST_LIFE
end
write_lease(KEYS[1], holder, lease)
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'at', string.format('%.0f', now),
  'rate', ARGV[5], 'burst', ARGV[6])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(lifetime * 1000)))
return {granted, string.format('%.17g', wait), free(), is_new}
