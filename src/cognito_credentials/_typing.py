"""Names for annotations, imported on first use so that they do not delay the first credentials.

Importing `typing` takes longer than most modules of this package, so modules that are imported
before the first credentials are fetched import this module instead, and use names such as `t.Any`
or `t.Store`. A name is imported when an annotation is evaluated, for example by
`typing.get_type_hints`; type checkers see normal imports. Modules that take little time to import
(`collections.abc`, `types`, the value classes of this package) are imported directly.

The names come from `typing` and `cognito_credentials.ports`; the other classes come from libraries. A
class resolves to `Any` if its library is not installed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Self

    from aiobotocore.session import AioSession
    from aiohttp import ClientMiddlewareType as AiohttpMiddleware
    from boto3 import Session as Boto3Session
    from botocore.client import BaseClient as BotocoreClient
    from botocore.credentials import CredentialProvider as BotocoreCredentialProvider
    from botocore.credentials import Credentials as BotocoreCredentials
    from botocore.session import Session as BotocoreSession
    from httpx import Auth as HttpxAuth
    from httpx2 import Auth as Httpx2Auth
    from requests.auth import AuthBase as RequestsAuth

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
        "AiohttpMiddleware",
        "Any",
        "AnyAsyncIdentityIdCache",
        "AnyIdentityIdCache",
        "AnyStore",
        "AsyncIdentityIdCache",
        "AsyncLease",
        "AsyncStore",
        "AsyncTransport",
        "Boto3Session",
        "BotocoreClient",
        "BotocoreCredentialProvider",
        "BotocoreCredentials",
        "BotocoreSession",
        "Claims",
        "Clock",
        "Httpx2Auth",
        "HttpxAuth",
        "IdentityIdCache",
        "Lease",
        "LoginTokenSupplier",
        "MaybeAwaitable",
        "NoReturn",
        "RequestsAuth",
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
        return _import_library_type(name)
    except ModuleNotFoundError:
        return typing.Any


def _import_library_type(name: str) -> object:
    if name == "Boto3Session":
        from boto3 import Session as Boto3Session

        return Boto3Session
    if name == "BotocoreSession":
        from botocore.session import Session as BotocoreSession

        return BotocoreSession
    if name == "BotocoreClient":
        from botocore.client import BaseClient

        return BaseClient
    if name == "BotocoreCredentials":
        from botocore.credentials import Credentials

        return Credentials
    if name == "BotocoreCredentialProvider":
        from botocore.credentials import CredentialProvider

        return CredentialProvider
    if name == "AioSession":
        from aiobotocore.session import AioSession

        return AioSession
    return _import_http_type(name)


def _import_http_type(name: str) -> object:
    if name == "HttpxAuth":
        from httpx import Auth as HttpxAuth

        return HttpxAuth
    if name == "Httpx2Auth":
        from httpx2 import Auth as Httpx2Auth

        return Httpx2Auth
    if name == "RequestsAuth":
        from requests.auth import AuthBase

        return AuthBase
    if name == "AiohttpMiddleware":
        try:
            from aiohttp import ClientMiddlewareType
        except ImportError as error:  # aiohttp is older than 3.12
            raise ModuleNotFoundError from error
        return ClientMiddlewareType
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
