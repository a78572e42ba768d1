"""Directories, named pipes, sockets and devices where the library expects a regular file."""

from __future__ import annotations

import os
import stat

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("a directory", "a named pipe", "a socket", "a device")


def make_special_file(path: str | Path, kind: str) -> None:
    """Create a file of this kind; skip the test if the system does not permit it."""
    if os.name == "nt" and kind != "a directory":
        pytest.skip("Windows has no special files")
    if kind == "a directory":
        os.mkdir(path)
        return
    types = {"a named pipe": stat.S_IFIFO, "a socket": stat.S_IFSOCK, "a device": stat.S_IFCHR}
    try:
        # On Linux, this is the null device, which is safe to read.
        os.mknod(path, types[kind] | 0o600, os.makedev(1, 3) if kind == "a device" else 0)
    except PermissionError:
        pytest.skip("this user may not create devices")
