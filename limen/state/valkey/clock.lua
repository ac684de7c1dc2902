-- Microseconds since 1970 by the server's clock, which stands still while a script runs; `ahead` are seconds that a
-- development clock was moved by. A double holds them exactly.
local function read_clock(ahead)
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2] + math.floor(tonumber(ahead) * 1000000 + 0.5)
end
