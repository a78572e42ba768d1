"""Functions that check the state of a cache, for the integrations and `ProviderConfig`."""

from __future__ import annotations

from cognito_credentials._base.provider import get_driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._base.cache import BaseCache

__all__ = ["check_cache_open", "has_rejected_credentials", "is_cache_open"]


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


def has_rejected_credentials(cache: BaseCache) -> bool:
    """Return True if a service has rejected the cached credentials, so that `get` replaces them."""
    return cache._state.rejected_access_key_id is not None  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
