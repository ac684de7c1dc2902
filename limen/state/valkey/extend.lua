-- Makes what is left of the current period of a quota so much.
-- KEYS: quota, hours, extras. ARGV: limit, period, offset, began, remaining, clock ahead. Answer: calls used in it.
local now = read_clock(ARGV[6])
local period, book = read_quota(KEYS[1], KEYS[2], ARGV[2], now)
local allowed = allowed_calls(tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4]), period)
redis.call('HSET', KEYS[3], period.name, string.format('%.0f', tonumber(ARGV[5]) + book.used - allowed))
redis.call('EXPIRE', KEYS[3], DAYS_KEPT * 86400)
return book.used
