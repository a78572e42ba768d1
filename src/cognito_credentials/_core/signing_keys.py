"""Signing keys from all types of AWS `credentials` that a caller may pass."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from cognito_credentials._core import ops
from cognito_credentials._core.login_resolution import DEVELOPER_PROVIDER
from cognito_credentials._core.signing import SigningKey
from cognito_credentials._external_text import is_credential
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    LoginTokenError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.ops import Flow

__all__ = ["check_credentials", "resolve_signing_key"]

HINT = (
    "Pass Credentials, the credentials of a boto3 session (session.get_credentials()), a provider or "
    "cache of this library, or a function that returns any of these."
)
# A function may return botocore credentials, which in turn return a frozen copy.
MAX_CALLS = 3
# The first row is used by this library and smithy-aws-core, the second row by botocore.
ATTRIBUTES = (
    ("access_key_id", "secret_access_key", "session_token"),
    ("access_key", "secret_key", "token"),
)


class BlockingCall:
    """Wrapper for a blocking method, which the async driver calls in a thread."""

    blocks = True

    def __init__(self, method: Callable[[], Any]) -> None:
        self.method = method
        self.__qualname__ = getattr(method, "__qualname__", type(method).__qualname__)

    def __call__(self) -> Any:
        return self.method()


def check_credentials(credentials: object, name: str = "credentials") -> None:
    """Check that credentials can provide a signing key, without calling any function.

    Raises:
        ConfigurationError: If the credentials have an unknown type.
    """
    is_known = _find_getter(credentials) is not None or _read_attributes(credentials) is not None
    if not is_known or isinstance(credentials, type):
        # Show only the type, because a string may be a secret.
        raise ConfigurationError(
            f"{name} must be AWS credentials, not {type(credentials).__name__}", hint=HINT
        )


def resolve_signing_key(credentials: object) -> Flow[SigningKey]:
    """Return the current signing key of the credentials.

    Raises:
        LoginTokenError: If a function raised an exception (available as `__cause__`).
        ConfigurationError: If the value, or the result of a function, is not AWS credentials, or if
            a function is async and the provider is not.
        CognitoCredentialsError: If a provider or cache of this library failed.
    """
    for _ in range(MAX_CALLS):
        getter = _find_getter(credentials)
        if getter is None:
            break
        credentials = yield from _call(getter)
    members = _read_attributes(credentials)
    if members is None:
        raise ConfigurationError(
            f"credentials returned {type(credentials).__name__} instead of AWS credentials",
            hint=HINT,
        )
    key_id, secret, session_token = members
    texts = members[:2] if session_token is None else members
    if not all(isinstance(text, str) and is_credential(text) for text in texts):
        raise ConfigurationError(
            "credentials must have an access key ID, a secret access key and, if they are temporary, "
            "a session token",
            hint="Check the source of the AWS credentials.",
        )
    return SigningKey(key_id, secret, session_token)


def _call(getter: Callable[[], Any]) -> Flow[Any]:
    try:
        return (yield from ops.call(getter))
    except CognitoCredentialsError:
        raise
    except Exception as error:
        # Omit the message: an exception that the user's code raises may contain a secret.
        raise LoginTokenError(
            "the AWS credentials for signing the token request could not be loaded: "
            f"{type(error).__name__}",
            provider_name=DEVELOPER_PROVIDER,
            hint="Correct the source of the credentials. The __cause__ of this error is the "
            "exception that the source raised.",
        ) from error


def _find_getter(credentials: Any) -> Callable[[], Any] | None:
    """Return the function to call for current credentials, or None if no call is needed."""
    freeze: Callable[[], Any] | None = getattr(credentials, "get_frozen_credentials", None)
    if freeze is not None:
        return _in_thread(freeze)
    if _read_attributes(credentials) is not None or isinstance(credentials, Mapping | type):
        return None
    if callable(credentials):
        # A sync provider always blocks; other callables define `blocks` if they block.
        is_sync_provider = getattr(credentials, "is_async", None) is False
        return _in_thread(credentials) if is_sync_provider else credentials
    get: Callable[[], Any] | None = getattr(credentials, "get", None)
    return None if get is None else _in_thread(get)


def _in_thread(method: Callable[[], Any]) -> Callable[[], Any]:
    return method if inspect.iscoroutinefunction(method) else BlockingCall(method)


def _read_attributes(credentials: Any) -> tuple[Any, Any, Any] | None:
    for names in ATTRIBUTES:
        if hasattr(credentials, names[0]) and hasattr(credentials, names[1]):
            first, second, third = (getattr(credentials, name, None) for name in names)
            return first, second, third
    return None
