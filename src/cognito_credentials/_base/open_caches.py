"""Checks whether a cache is open, for the integrations and `ProviderConfig`."""

from __future__ import annotations

from cognito_credentials._base.cache import BaseCache
from cognito_credentials._base.provider import get_driver

__all__ = ["check_cache_open", "is_cache_open"]


def check_cache_open(cache: BaseCache) -> None:
    """Check that a cache and its provider are open.

    Raises:
        ConfigurationError: If the cache or the provider is closed.
    """
    get_driver(cache.provider).check_open()
    cache._state.check_open()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def is_cache_open(cache: BaseCache) -> bool:
    """Return True if neither a cache nor its provider is closed."""
    return not (cache._state.is_closed or cache._driver.is_closed)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
