"""Certificate and key files, in a form that OpenSSL reads without blocking."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager

from cognito_credentials._suppliers.bounded_io import TimeLimitError, TooLongError, read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["is_special_file", "readable_path"]

MAX_PIPE_BYTES = 16 * 1024 * 1024
PIPE_TIMEOUT_SECONDS = 5.0


@contextmanager
def readable_path(path: str) -> Generator[str]:
    """Yield a path that OpenSSL reads without blocking; a special file is copied to memory.

    Raises:
        OSError: If a special file cannot be read, does not end in time or is too large, or if this
            platform cannot copy the file to memory.
    """
    if not is_special_file(path):
        yield path
        return
    if not hasattr(os, "memfd_create"):
        raise OSError(errno.EINVAL, "not a regular file")
    try:
        content = read_file(path, max_bytes=MAX_PIPE_BYTES, timeout=PIPE_TIMEOUT_SECONDS)
    except TimeLimitError:
        reason = f"the pipe did not end within {PIPE_TIMEOUT_SECONDS:g} s"
        raise OSError(errno.ETIMEDOUT, reason) from None
    except TooLongError:
        raise OSError(errno.EFBIG, f"larger than {MAX_PIPE_BYTES} bytes") from None
    with open(os.memfd_create("tls"), "wb") as memory:
        memory.write(content)
        memory.flush()
        yield f"/proc/self/fd/{memory.fileno()}"


def is_special_file(path: str) -> bool:
    """Return True if a path leads to a pipe, a socket or a device."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False  # OpenSSL reports the problem with the path.
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
