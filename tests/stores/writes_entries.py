"""Write numbered values until this program is killed, and print each number."""

from __future__ import annotations

import sys

from cognito_credentials.stores import FileStore

PATH, FIRST = sys.argv[1], int(sys.argv[2])
store = FileStore(PATH)
for number in range(FIRST, FIRST + 10_000):
    store.put("key", b"%d " % number * 2000, expires_at=None)
    store.put(f"other {number % 7}", b"%d" % number, expires_at=None)
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
