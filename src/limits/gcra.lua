-- The arithmetic of gcra.rs on the same whole microseconds. Numbers of Lua are exact up to 2^53, microseconds since 1970
-- stay below that until the year 2255.
-- KEYS[1]: the caller. ARGV: interval, ahead, now (0: Redis's own clock, so that servers' clocks need not agree).
local interval, ahead, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local next = arrival + interval
local excess = next - now - ahead
if excess > 0 then
  return {0, 0, excess, arrival - now}
end
local reset = next - now
-- a caller whose moment has passed is as good as unknown: the key goes by itself, a minute later
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil(reset / 1000) + 60000)
return {1, math.floor((ahead - reset) / interval), 0, reset}
