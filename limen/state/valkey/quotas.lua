-- The current period of a quota. What was used in it is counted by hours; their sum is kept in the book of leases.

-- `quota`: the key of the book. Answer: the period and the book. When that is of another period, what was leased in it is
-- worth nothing any more.
local function read_quota(quota, hours, kind, now)
  local period = period_of(kind, now / 1000000)
  local book = read_book(quota, now)
  if book and book.period == period.name then
    return period, book
  end
  local used = 0
  local names = {}
  for hour = period.start / 3600, period.ends / 3600 - 1 do names[#names + 1] = string.format('%.0f', hour) end
  for _, calls in ipairs(redis.call('HMGET', hours, unpack(names))) do
    used = used + tonumber(calls or 0)
  end
  return period, {period = period.name, start = period.start, ends = period.ends, used = used, leases = {}, held = 0,
    spare = 0}
end

-- Calls that the period allows, before extensions: `offset` less in the one in which the quota began.
local function allowed_calls(limit, offset, began, period)
  if period.start <= began and began < period.ends then
    return math.max(0, limit - offset)
  end
  return math.max(0, limit)
end
