-- The periods of quotas, named as limen/state/periods.py names them.
-- Days since 1970 to and from dates: https://howardhinnant.github.io/date_algorithms.html

local function date_of_day(day)
  local z = day + 719468
  local era = math.floor(z / 146097)
  local of_era = z - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524)
    - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local shifted = math.floor((5 * of_year + 2) / 153)
  local month = shifted < 10 and shifted + 3 or shifted - 9
  return year + era * 400 + (month <= 2 and 1 or 0), month, of_year - math.floor((153 * shifted + 2) / 5) + 1
end

local function first_day_of_month(year, month)
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * (month + (month > 2 and -3 or 9)) + 2) / 5)
  return era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year - 719468
end

local function days_from(kind, day, count)
  local year, month, of_month = date_of_day(day)
  return {name = string.format('%s:%04d-%02d-%02d', kind, year, month, of_month), start = day * 86400,
    ends = (day + count) * 86400}
end

-- `seconds` since 1970; from `start`, included, to `ends`, not included.
local function period_of(kind, seconds)
  local hour = math.max(0, math.min(math.floor(seconds / 3600), LAST_HOUR))
  local day = math.floor(hour / 24)
  local year, month, of_month = date_of_day(day)
  if kind == 'HOUR' then
    local name = string.format('HOUR:%04d-%02d-%02dT%02d', year, month, of_month, hour % 24)
    return {name = name, start = hour * 3600, ends = (hour + 1) * 3600}
  elseif kind == 'MONTH' then
    local next_year, next_month = year + math.floor(month / 12), month % 12 + 1
    return {name = string.format('MONTH:%04d-%02d', year, month), start = first_day_of_month(year, month) * 86400,
      ends = first_day_of_month(next_year, next_month) * 86400}
  elseif kind == 'WEEK' then
    return days_from('WEEK', day - (day + 4) % 7, 7)
  end
  return days_from('DAY', day, 1)
end
