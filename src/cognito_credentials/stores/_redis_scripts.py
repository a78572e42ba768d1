"""Lua scripts that a Redis server runs atomically.

Times are by the server's clock, so the clocks of the hosts need not agree.

A lease has a fence: the server's time when the lease was created, in microseconds, as 16 digits. A
value is stored behind the fence of the lease under which it was put, and is only replaced by a value
with the same or a later fence. This needs no counter beside each key, which would have to outlive the
value. A fence in the future is ignored: the clock was set back, or another program wrote the value.
"""

from __future__ import annotations

FENCE_BYTES = 16

# KEYS: the lock. ARGV: the owner's token, the lifetime in milliseconds. Returns the fence, or nil if
# another owner has the lock.
LOCK = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local time = redis.call('TIME')
  return string.format('%010d%06d', tonumber(time[1]), tonumber(time[2]))
end
return false
"""

# KEYS: the lock. ARGV: the owner's token.
RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
"""

# KEYS: the name of the value. ARGV: the value, the fence or '', the expiry in milliseconds or ''.
PUT = """
local time = redis.call('TIME')
local now = string.format('%010d%06d', tonumber(time[1]), tonumber(time[2]))
local fence = ARGV[2]
if fence == '' then
  fence = now
end
local stored = redis.pcall('GETRANGE', KEYS[1], 0, 15)
if type(stored) == 'string' and #stored == 16 and stored > fence and stored <= now then
  return 0
end
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], fence .. ARGV[1])
else
  redis.call('SET', KEYS[1], fence .. ARGV[1], 'PXAT', ARGV[3])
end
return 1
"""

# The algorithm of `RateLimiter`, for all hosts. KEYS: the limiter. ARGV, in microseconds: the
# interval between calls, how far calls may run ahead of it, the maximum wait. Returns the wait, or -1
# if the wait would be too long; then nothing is reserved.
RESERVE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = math.max(0, due - tonumber(ARGV[2]) - now)
if wait > tonumber(ARGV[3]) then
  return -1
end
due = due + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX',
           string.format('%.0f', math.ceil((due - now) / 1000) + 1000))
return math.ceil(wait)
"""
