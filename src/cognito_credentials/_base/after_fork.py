"""Reset of objects whose locks and threads do not survive a fork."""

from __future__ import annotations

import os
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Resettable(Protocol):
        """Object that can replace locks that a thread in the parent process may have held."""

        def reset(self) -> None: ...


_objects: weakref.WeakSet[Resettable] = weakref.WeakSet()


def reset_after_fork(resettable: Resettable) -> None:
    """Call `reset` of this object in each child process, for as long as the object exists."""
    _objects.add(resettable)


def _reset_all() -> None:
    for resettable in list(_objects):
        resettable.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
