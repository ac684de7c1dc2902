-- A holder shows that it is there. KEYS: holders. ARGV: holder, clock ahead.
-- Answer: how many were heard of lately, and seconds since 1970.
local now = read_clock(ARGV[2])
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - HOLDER_MICROS))
-- After a clock was set back.
redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('(%.0f', now), '+inf')
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', 2 * HOLDER_MICROS / 1000))
return {redis.call('ZCARD', KEYS[1]), string.format('%.17g', now / 1000000)}
