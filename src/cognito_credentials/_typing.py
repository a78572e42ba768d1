"""Names for annotations, imported on first use so that they do not delay the first credentials.

Importing `typing` takes longer than most modules of this package, so modules that are imported
before the first credentials are fetched import this module instead, and use names such as `t.Any`
or `t.Store`. A name is imported when an annotation is evaluated, for example by
`typing.get_type_hints`; type checkers see normal imports. Modules that take little time to import
(`collections.abc`, `types`, the value classes of this package) are imported directly.

The names come from `typing` and `cognito_credentials.ports`; the session classes come from boto3,
botocore and aiobotocore. A session class resolves to `Any` if its library is not installed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Self

    from aiobotocore.session import AioSession
    from boto3 import Session as Boto3Session
    from botocore.session import Session as BotocoreSession

    from cognito_credentials.ports import (
        AnyAsyncIdentityIdCache,
        AnyIdentityIdCache,
        AnyStore,
        AsyncIdentityIdCache,
        AsyncLease,
        AsyncStore,
        AsyncTransport,
        Claims,
        Clock,
        IdentityIdCache,
        Lease,
        LoginTokenSupplier,
        MaybeAwaitable,
        Store,
        Transport,
    )

    __all__ = [
        "AioSession",
        "Any",
        "AnyAsyncIdentityIdCache",
        "AnyIdentityIdCache",
        "AnyStore",
        "AsyncIdentityIdCache",
        "AsyncLease",
        "AsyncStore",
        "AsyncTransport",
        "Boto3Session",
        "BotocoreSession",
        "Claims",
        "Clock",
        "IdentityIdCache",
        "Lease",
        "LoginTokenSupplier",
        "MaybeAwaitable",
        "NoReturn",
        "Self",
        "Store",
        "Transport",
    ]


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import typing

    from cognito_credentials import ports

    for module in (typing, ports):
        if hasattr(module, name):
            return getattr(module, name)
    try:
        if name == "Boto3Session":
            from boto3 import Session as Boto3Session

            return Boto3Session
        if name == "BotocoreSession":
            from botocore.session import Session as BotocoreSession

            return BotocoreSession
        if name == "AioSession":
            from aiobotocore.session import AioSession

            return AioSession
    except ModuleNotFoundError:
        return typing.Any
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
