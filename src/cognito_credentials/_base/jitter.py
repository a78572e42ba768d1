"""Default source of random numbers for drivers, caches and brokers."""

from __future__ import annotations

__all__ = ["random_jitter"]


def random_jitter() -> float:
    """Return a random number that is at least 0 and less than 1."""
    # Imported here, because importing `random` takes 1 ms, and most processes need no random number
    # before the first credentials.
    import random

    return random.random()  # noqa: S311 - the numbers are not used for cryptography
