"""Validation of the stores, identity ID caches and clocks that users pass."""

from __future__ import annotations

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# The parameters that each method must accept, as shown in the error message.
STORE_CALLS = {
    "get": "key",
    "put": "key, value, *, expires_at, lease=None",
    "delete": "key",
    "lock": "key, seconds",
}
_CACHE_CALLS = {"get": "key", "set": "key, identity_id", "delete": "key"}
_CACHE_METHODS = (("get", "set", "delete"), ("get", "__setitem__", "pop"))
_CLOCK_METHODS = ("now", "monotonic", "sleep", "asleep")


def is_store(cache: Any) -> bool:
    """Return True if an object has the methods of `ports.Store`."""
    return all(hasattr(cache, name) for name in ("get", "put", "delete", "lock"))


def check_store(store: Any, *, is_async: bool) -> Any:
    """Return the store after checking that the provider can use it; return None if `store` is None.

    An async provider can use sync and async stores.

    Raises:
        ConfigurationError: If `store` is not a store, is async although the provider is sync, or
            has a method that does not accept the library's arguments.
    """
    if store is None:
        return None
    if isinstance(store, type):
        raise ConfigurationError(
            f"store must be an instance, not the class {store.__name__}",
            hint=f"Create an instance: store={store.__name__}(...).",
        )
    if not is_store(store):
        raise ConfigurationError(
            f"store must have the methods get, put, delete and lock, but {type(store).__name__} "
            "lacks at least one of them",
            hint="Use a MemoryStore, FileStore, KeyringStore or RedisStore from "
            "cognito_credentials.stores.",
        )
    if not is_async and is_coroutine_function(store.get):
        raise ConfigurationError(
            f"store must be synchronous, but {type(store).__name__} is asynchronous",
            hint="Use a synchronous store, for example RedisStore instead of AsyncRedisStore, or "
            "the classes in cognito_credentials.aio.",
        )
    check_signatures("store", store, STORE_CALLS)
    return store


def check_cache(cache: Any) -> None:
    """Check that an identity ID cache is a mutable mapping, an `IdentityIdCache` or a store.

    Raises:
        ConfigurationError: If the cache has another type, or has a method that does not accept the
            library's arguments.
    """
    if cache is None:
        return
    if is_store(cache):
        check_signatures("cache", cache, STORE_CALLS)
        return
    if not any(all(hasattr(cache, name) for name in methods) for methods in _CACHE_METHODS):
        raise ConfigurationError(
            "cache must be a mutable mapping such as a dict, a store, or an object with the methods "
            f"get, set and delete, not {type(cache).__name__}",
            hint="Pass cache=FileStore(...) from cognito_credentials.stores to store identity IDs in files.",
        )
    if hasattr(cache, "set"):
        check_signatures("cache", cache, _CACHE_CALLS)


def check_signatures(name: str, target: Any, calls: Mapping[str, str]) -> None:
    """Check that the methods of a user's object accept the arguments that the library passes.

    Without this check, the library would treat a store with a wrong signature as unavailable.

    Args:
        name: Name of the parameter.
        target: The object. Instances of this package's own classes are not checked.
        calls: Signature of each method.

    Raises:
        ConfigurationError: If a method does not accept the arguments.
    """
    if type(target).__module__.startswith("cognito_credentials."):
        return
    from inspect import signature

    for method, parameters in calls.items():
        positional, _, keywords = parameters.replace("=None", "").partition(", *, ")
        try:
            signature(getattr(target, method)).bind(
                *positional.split(", "), **dict.fromkeys(filter(None, keywords.split(", ")))
            )
        except TypeError as error:
            raise ConfigurationError(
                f"{name} has a method {method} that does not accept the library's arguments: "
                f"{error}",
                hint=f"Define it as {method}(self, {parameters}) in {type(target).__name__}.",
            ) from None
        except ValueError:  # A C function may have no signature.
            continue


def check_clock(clock: Any) -> None:
    """Check that a clock has all required methods.

    Raises:
        ConfigurationError: If a method is missing.
    """
    for method in _CLOCK_METHODS:
        if not callable(getattr(clock, method, None)):
            raise ConfigurationError(
                f"clock must have the method {method}, but {type(clock).__name__} does not define "
                "it",
                hint="Implement cognito_credentials.ports.Clock; "
                "cognito_credentials.testing.FakeClock is an example.",
            )


def is_coroutine_function(function: Any) -> bool:
    # `inspect` performs the same test, but takes too long to import.
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & 0x80)  # CO_COROUTINE
