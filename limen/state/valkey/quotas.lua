-- The current period of a quota. What was used in it is counted by hours; their sum is kept beside the leases.

-- `quota`: the hash of leases. Answer: the period, calls used in it, and the book of leases. When the hash is of
-- another period, what was leased in that is worth nothing any more.
local function read_quota(quota, hours, kind, now)
  local period = period_of(kind, now / 1000000)
  local book = read_leases(quota, now)
  if book.fields.period == period.name then
    return period, tonumber(book.fields.used), book
  end
  local used = 0
  local names = {}
  for hour = period.start / 3600, period.ends / 3600 - 1 do names[#names + 1] = string.format('%.0f', hour) end
  for _, calls in ipairs(redis.call('HMGET', hours, unpack(names))) do
    used = used + tonumber(calls or 0)
  end
  redis.call('DEL', quota)
  redis.call('HSET', quota, 'period', period.name, 'first_hour', names[1], 'last_hour', names[#names],
    'used', string.format('%.0f', used))
  redis.call('EXPIRE', quota, QUOTA_REST)
  return period, used, read_leases(quota, now)
end

-- Calls that the period allows, before extensions: `offset` less in the one in which the quota began.
local function allowed_calls(limit, offset, began, period)
  if period.start <= began and began < period.ends then
    return math.max(0, limit - offset)
  end
  return math.max(0, limit)
end
