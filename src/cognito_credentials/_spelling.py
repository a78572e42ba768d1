"""Errors for names that are spelled as in another library, such as `identityPoolId`."""

from __future__ import annotations

import sys

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = [
    "OTHER_MODULES",
    "find_name",
    "unknown_argument",
    "unknown_attribute",
    "unknown_item",
    "unknown_name",
]

# Maps each public submodule to the names that it exports but the top-level package does not.
OTHER_MODULES = {
    "aio": (
        "AsyncCognitoCredentialProvider",
        "AsyncCredentialBroker",
        "AsyncCredentialsCache",
        "AsyncUserCredentials",
    ),
    "stores": (
        "AsyncRedisLease",
        "AsyncRedisStore",
        "FileStore",
        "KeyringStore",
        "MemoryLease",
        "MemoryStore",
        "RedisLease",
        "RedisStore",
        "StoreConfig",
    ),
}


class UnknownArgumentError(ConfigurationError, TypeError):
    """A function has no such parameter."""


class UnknownAttributeError(ConfigurationError, AttributeError):
    """A module or an object has no such attribute."""


class UnknownImportError(ConfigurationError, ImportError):
    """A module does not define a name that is imported from it."""


class UnknownItemError(ConfigurationError, TypeError):
    """An object supports attribute access, but not item access."""


def find_name(
    name: object, known: Iterable[str], aliases: Mapping[str, str] | None = None
) -> str | None:
    """Return the known name that matches a differently spelled name, or None.

    Args:
        name: The name as the user spelled it, for example in camel case.
        known: The names to choose from.
        aliases: Maps aliases (in lower case and without underscores) to known names.
    """
    names = dict(aliases or {})
    names |= {candidate.replace("_", "").lower(): candidate for candidate in known}
    return names.get(name.replace("_", "").lower()) if isinstance(name, str) else None


def unknown_argument(
    function: str, keywords: Iterable[str], known: Collection[str]
) -> UnknownArgumentError:
    """Return the error for the first keyword argument that a function does not accept."""
    keyword = next(name for name in keywords if name not in known)
    meant = find_name(keyword, known)
    return UnknownArgumentError(
        f"{function} has no parameter {keyword!r}",
        hint=f"Pass {meant}." if meant else f"The parameters are {', '.join(sorted(known))}.",
    )


def unknown_name(
    module: str, name: str, known: Iterable[str], aliases: Mapping[str, str] | None = None
) -> UnknownAttributeError | UnknownImportError | AttributeError:
    """Return the error for a missing name; a module calls this function in its `__getattr__`.

    For `from module import name`, the error is an `ImportError`, because Python would replace an
    `AttributeError` with an `ImportError` that has no hint.
    """
    message = f"module {module!r} has no attribute {name!r}"
    meant = find_name(name, known, aliases)
    if meant is None:
        return AttributeError(message)
    kind = UnknownImportError if _is_import(2) else UnknownAttributeError
    return kind(message, hint=f"Use {meant}.")


def unknown_attribute(
    owner: str, name: str, known: Iterable[str], aliases: Mapping[str, str] | None = None
) -> UnknownAttributeError | AttributeError:
    """Return the error for a missing attribute; `owner` names the object in the message."""
    message = f"{owner} have no attribute {name!r}"
    meant = find_name(name, known, aliases)
    if meant is None:
        return AttributeError(message)
    return UnknownAttributeError(message, hint=f"Use {owner.lower()}.{meant}.")


def unknown_item(
    owner: str, key: object, known: Iterable[str], aliases: Mapping[str, str] | None = None
) -> UnknownItemError:
    """Return the error for indexing an object; `owner` names the object in the message."""
    meant = find_name(key, known, aliases) or "access_key_id"
    return UnknownItemError(
        f"{owner} are an object, not a mapping or a sequence",
        hint=f"Use an attribute such as {owner.lower()}.{meant}, or {owner.lower()}.as_dict().",
    )


def _is_import(depth: int) -> bool:
    """Return True if a frame is executing `from module import name`."""
    from opcode import opmap

    frame = sys._getframe(depth + 1)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if frame.f_code.co_name == "_handle_fromlist":  # importlib uses this function for packages.
        return True
    return frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]
