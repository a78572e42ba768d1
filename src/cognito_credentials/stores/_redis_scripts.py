"""What the server does in one step, in Lua; time is the server's, so that hosts need not agree.

A lease has a fence: the server's time, in microseconds, when it was given out, as 16 digits. A
value carries the fence that it was put with, and is only replaced by one that is not older. That
needs no counter beside each key, which would have to outlive the value. A fence of a time that is
yet to come is none: the clock was set back, or what is there is not ours.
"""

from __future__ import annotations

FENCE_SIZE = 16

# KEYS: the lock. ARGV: the holder's token, milliseconds. Returns the fence, or nothing.
LOCK = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local time = redis.call('TIME')
  return string.format('%010d%06d', tonumber(time[1]), tonumber(time[2]))
end
return false
"""

# KEYS: the lock. ARGV: the holder's token.
RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
"""

# KEYS: the value's name. ARGV: the value, the fence or '', the end in milliseconds or ''.
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

# The rate limiter of `_pacing.Pacer`, for all hosts. KEYS: the limiter. ARGV, in microseconds:
# the interval between calls, how far calls may run ahead of it, the longest wait.
# Returns the wait, or -1 where it would be too long, and then nothing is reserved.
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
