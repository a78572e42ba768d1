"""Lua scripts that a Redis server runs atomically.

All times come from the server's clock, so the hosts' clocks need not agree.

A lease has a fence: the server's time when the lease was created, in microseconds, as 16 digits.
Each value is stored with the fence of its lease as a prefix, and is replaced only by a value with
the same or a later fence. Unlike a counter, a time does not have to be stored after the value has
expired. A fence in the future is ignored, because the clock must have been set back, or another
program must have written the value. For the same reasons, a lock that lasts longer than its owner
requested is replaced, and a reservation that is later than any rate limiter can reserve is treated
as the current time.
"""

from __future__ import annotations

FENCE_BYTES = 16
# Reservations up to this far in the future are always respected, because other hosts may accept
# longer waits than this host does.
MIN_RESERVATION_SECONDS = 30.0

# KEYS: the lock. ARGV: the owner's token, the lifetime in milliseconds. Returns the fence, or nil
# if another owner holds the lock. The token may end with a colon and the lifetime, which other
# owners read. PTTL returns a negative number if the lock never expires, and an error if the user is
# not permitted to call PTTL.
LOCK = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local owner = redis.pcall('GET', KEYS[1])
  local lifetime = type(owner) == 'string' and string.match(owner, ':(%d+)$') or ARGV[2]
  local remaining = redis.pcall('PTTL', KEYS[1])
  if type(remaining) ~= 'number' or (remaining >= 0 and remaining <= tonumber(lifetime)) then
    return false
  end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
local time = redis.call('TIME')
return string.format('%010d%06d', tonumber(time[1]), tonumber(time[2]))
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

# KEYS: the name of the value. ARGV: the value. Returns 0 if there is a value already. A string that
# is too short is replaced, because no store wrote it.
ADD = """
local stored = redis.pcall('GETRANGE', KEYS[1], 0, 15)
if type(stored) == 'string' and #stored == 16 then
  return 0
end
local time = redis.call('TIME')
local fence = string.format('%010d%06d', tonumber(time[1]), tonumber(time[2]))
redis.call('SET', KEYS[1], fence .. ARGV[1])
return 1
"""

# The script implements the algorithm of `RateLimiter` for all hosts together. KEYS: the limiter.
# ARGV, in microseconds: the interval between calls, how much earlier a burst of calls may be made,
# the maximum wait of this call, the maximum wait of any caller. The script returns the wait, or -1,
# without a reservation, if the wait would be too long. A value that no limiter can have stored (a
# later time, a string that is not a number, infinity, or a value of another type) is treated as the
# current time.
RESERVE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local stored = redis.pcall('GET', KEYS[1])
local due = type(stored) == 'string' and tonumber(stored) or now
local longest = math.max(tonumber(ARGV[3]), tonumber(ARGV[4] or '0'))
local latest = now + longest + tonumber(ARGV[2]) + tonumber(ARGV[1]) + 1000000
if not (due >= now and due <= latest) then
  due = now
end
local wait = math.max(0, due - tonumber(ARGV[2]) - now)
if wait > tonumber(ARGV[3]) then
  return -1
end
due = due + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX',
           string.format('%.0f', math.ceil((due - now) / 1000) + 1000))
return math.ceil(wait)
"""
