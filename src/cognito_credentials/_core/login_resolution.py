"""Resolution of the argument `logins` into the login tokens of one flow.

The tokens are resolved once for each flow and used for all of its calls. If a configured login has
no token, the flow fails, so that a user never silently becomes a guest. No message from this module
contains a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from cognito_credentials._core import logs, ops
from cognito_credentials._external_text import HiddenText, hide
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    LoginTokenError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.identity_sources import IdentitySource
    from cognito_credentials._core.ops import Flow

__all__ = [
    "DEVELOPER_PROVIDER",
    "MAX_TOKEN_LENGTH",
    "AsyncLogins",
    "LoginSource",
    "Logins",
    "ResolvedLogins",
    "call_supplier",
    "check_not_awaitable",
    "check_token",
    "create_identity_source",
    "describe_source",
    "hide_tokens",
    "normalize_logins",
    "resolve_logins",
]

# Limits from the API reference, for LoginsMap, IdentityProviderName and IdentityProviderToken.
MAX_LOGINS = 10
MAX_PROVIDER_NAME_LENGTH = 128
MAX_TOKEN_LENGTH = 50_000
# Login provider name in errors that occur before a developer user's token is available.
DEVELOPER_PROVIDER = "developer identity"

PROVIDER_NAME_HINT = (
    'Use the login provider name as the key, for example {"accounts.google.com": token}.'
)
_SIGN_IN_HINT = "Sign the user in first. To get credentials for a guest, pass no logins."


class ResolvedLogins:
    """The login tokens of one flow by login provider name; the repr shows only the names.

    Args:
        tokens: The tokens; empty for a guest.
        refreshable_names: Names of the providers whose token came from a supplier, so that a newer
            token can be requested.
        identity_id: Identity ID, if a developer provider returned it together with its token.
        has_claims: False if the claims of the tokens do not identify the user.
    """

    __slots__ = ("_claims", "identity_id", "refreshable_names", "tokens")

    def __init__(
        self,
        tokens: dict[str, str],
        *,
        refreshable_names: frozenset[str] = frozenset(),
        identity_id: str | None = None,
        has_claims: bool = True,
    ) -> None:
        self.tokens: dict[str, str] = tokens
        self.refreshable_names: frozenset[str] = refreshable_names
        self.identity_id: str | None = identity_id
        self._claims: dict[str, dict[str, Any] | None] = {} if has_claims else dict.fromkeys(tokens)

    @property
    def can_refresh(self) -> bool:
        """Whether a supplier can return a newer token."""
        return bool(self.refreshable_names)

    @property
    def claims(self) -> Mapping[str, Any] | None:
        """The unverified claims of the first login token that is a JWT, or None."""
        return next((claims for name in self.tokens if (claims := self.get_claims(name))), None)

    def get_claims(self, provider_name: str) -> Mapping[str, Any] | None:
        """Return the unverified claims of one login token; None if it is not a JWT."""
        if provider_name not in self._claims:
            # Imported here, because only login tokens need this module, and guests have none.
            from cognito_credentials._core.jwt_claims import decode_claims

            self._claims[provider_name] = decode_claims(self.tokens[provider_name])
        return self._claims[provider_name]

    def __repr__(self) -> str:
        identity = "" if self.identity_id is None else f", identity_id={self.identity_id!r}"
        return f"ResolvedLogins({', '.join(map(repr, self.tokens))}{identity})"


class LoginSource:
    """Base class of objects that are passed as `logins` instead of a mapping.

    A source determines the login provider name when it is resolved.
    """

    __module__ = "cognito_credentials.logins"

    __slots__ = ()

    has_identity_id = False
    """Whether the source also returns an identity ID, so that GetId is not called."""

    def _resolve(self, *, refresh: bool) -> Flow[ResolvedLogins]:
        raise NotImplementedError

    def _create_identity_source(self, identity_pool_id: str, config: Any) -> IdentitySource:
        """Return the source of the identity ID; called only if `has_identity_id` is true."""
        raise NotImplementedError


Logins = Mapping[str, str | Callable[..., str]] | LoginSource
AsyncLogins = Mapping[str, str | Callable[..., str | Awaitable[str]]] | LoginSource


def normalize_logins(logins: object) -> Mapping[str, Any] | LoginSource | None:
    """Validate logins, and normalize them for storage in a provider.

    A mapping is copied, so that a user does not become a guest if the caller empties it later.
    Unknown login provider names are accepted, because every OpenID Connect issuer has its own name.

    Raises:
        ConfigurationError: If the logins are invalid.
    """
    if logins is None or isinstance(logins, LoginSource):
        return logins
    if not isinstance(logins, Mapping):
        check_not_awaitable(logins, "logins", "a mapping of suppliers or tokens")
        raise ConfigurationError(
            "logins must be a mapping from login provider names to login tokens, not "
            f"{type(logins).__name__}",
            hint='Pass logins={"accounts.google.com": token}, or logins=login_from_id_token(token), '
            "which reads the login provider name from the token.",
        )
    copy: dict[Any, Any] = dict(logins)  # pyright: ignore[reportUnknownArgumentType]
    if len(copy) > MAX_LOGINS:
        raise ConfigurationError(
            f"logins must have at most {MAX_LOGINS} entries, not {len(copy)}",
            hint="Pass only the logins of one user.",
        )
    for name, login in copy.items():
        _check_provider_name(name)
        if isinstance(login, LoginSource):
            raise ConfigurationError(
                f"logins[{name!r}] must be a token or a supplier, not {type(login).__name__}",
                hint=f"Pass logins={type(login).__name__}(...), which provides the login provider "
                "name as well.",
            )
        check_not_awaitable(login, f"logins[{name!r}]", "a token or a supplier")
        if not callable(login) and (problem := _diagnose_token(login)):
            raise ConfigurationError(f"the token in logins[{name!r}] {problem[0]}", hint=problem[1])
    return hide_tokens(copy)


def check_not_awaitable(value: Any, name: str, accepted: str) -> None:
    """Check that a value is not a coroutine, a task or a future.

    Args:
        value: The value.
        name: Name of the value in the error message.
        accepted: Description of the accepted values, for the error message.

    Raises:
        ConfigurationError: If the value is a coroutine, a task or a future.
    """
    is_future = hasattr(value, "__await__") or hasattr(value, "add_done_callback")
    if not is_future or callable(value):
        return
    if hasattr(value, "cr_await"):
        value.close()  # Otherwise Python warns that the coroutine was never awaited.
    raise ConfigurationError(
        f"{name} must be {accepted}, not a {type(value).__name__}",
        hint="Pass the function itself instead of calling it, because each refresh needs a new token. "
        "Async functions work with cognito_credentials.aio.",
    )


def hide_tokens(
    logins: Mapping[str, Any] | LoginSource | None,
) -> Mapping[str, Any] | LoginSource | None:
    """Return logins whose tokens have a redacted `repr`; a `LoginSource` is returned unchanged."""
    return hide(dict(logins)) if isinstance(logins, Mapping) else logins


def create_identity_source(
    logins: LoginSource, identity_pool_id: str, config: Any
) -> IdentitySource:
    """Return the source of the identity ID that these logins provide.

    Raises:
        ConfigurationError: If the logins belong to another identity pool, or if the AWS credentials
            in `config` (a `ResolvedConfig`) are invalid.
    """
    return logins._create_identity_source(identity_pool_id, config)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def resolve_logins(
    logins: Mapping[str, Any] | LoginSource | None, *, refresh: bool = False
) -> Flow[ResolvedLogins]:
    """Call every supplier, and return the login tokens.

    Args:
        logins: Logins as `normalize_logins` returns them.
        refresh: Whether suppliers are asked for newer tokens, because a previous token has expired.

    Raises:
        LoginTokenError: If a supplier raises an exception (available as `__cause__`), or returns a
            value that is not a token.
        ConfigurationError: If a supplier is async and the provider is not, or if a supplier raises
            this error.
    """
    if isinstance(logins, LoginSource):
        return (yield from logins._resolve(refresh=refresh))  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    tokens: dict[str, str] = {}
    refreshable_names: set[str] = set()
    for name, login in (logins or {}).items():
        token = login
        if callable(login):
            refreshable_names.add(name)
            token = yield from call_supplier(login, name, refresh=refresh)
        tokens[name] = check_token(token, name)
    return ResolvedLogins(tokens, refreshable_names=frozenset(refreshable_names))


def call_supplier(supplier: Callable[..., Any], provider_name: str, *, refresh: bool) -> Flow[Any]:
    """Call a supplier, and return its result.

    Raises:
        LoginTokenError: If the supplier raises an exception (available as `__cause__`).
        ConfigurationError: If the supplier is async and the provider is not, or if the supplier
            raises this error.
    """
    keywords = {"refresh": True} if refresh and _accepts_refresh(supplier) else {}
    description = _describe_supplier(supplier)
    started_at = yield from ops.now()
    logs.debug(
        "Calling the supplier for %s%s (%s)",
        provider_name,
        " again, for a newer token" if refresh else "",
        description,
    )
    try:
        with logs.Wait(f"a token for {provider_name} ({description})"):
            token = hide((yield from ops.call(supplier, **keywords)))
    except ConfigurationError as error:
        # The driver also raises this error if the supplier is async and the provider is not.
        raise ConfigurationError(
            f"the supplier for {provider_name!r} cannot be used: {error.message}", hint=error.hint
        ) from error
    except CognitoCredentialsError as error:
        raise LoginTokenError(
            f"no login token for {provider_name!r}: {error.message}",
            provider_name=provider_name,
            hint=error.hint,
        ) from error
    except Exception as error:
        # Omit the message: an exception that the user's code raises may contain a token.
        raise LoginTokenError(
            f"the supplier for {provider_name!r} raised {type(error).__name__}",
            provider_name=provider_name,
            hint="Correct the supplier. The __cause__ of this error is the exception that the "
            "supplier raised.",
        ) from error
    milliseconds = 1000 * ((yield from ops.now()) - started_at)
    logs.debug("The supplier for %s returned in %.0f ms", provider_name, milliseconds)
    return token


def check_token(token: object, provider_name: str) -> str:
    """Validate a login token, and return the token without surrounding white space.

    Raises:
        LoginTokenError: If the value is not a token.
    """
    token = hide(token)
    if problem := _diagnose_token(token):
        raise LoginTokenError(
            f"the login token for {provider_name!r} {problem[0]}",
            provider_name=provider_name,
            hint=problem[1],
        )
    # Tokens contain no white space, but a token from a file often ends with a newline.
    return HiddenText(str(token).strip())


def describe_source(token: object) -> str:
    """Return the name of a supplier for a `repr`; a token is replaced with "…"."""
    if not callable(token):
        return "…"
    return getattr(token, "__qualname__", None) or type(token).__qualname__


def _describe_supplier(supplier: Callable[..., Any]) -> str:
    """Return the name of a function, or the name of an object's class."""
    supplier = getattr(supplier, "__wrapped__", supplier)
    return str(getattr(supplier, "__qualname__", None) or type(supplier).__qualname__)


def _accepts_refresh(supplier: Callable[..., Any]) -> bool:
    # Imported here, because the import is slow and rarely needed.
    import inspect

    try:
        parameter = inspect.signature(supplier).parameters.get("refresh")
    except (TypeError, ValueError):
        return False
    return parameter is not None and parameter.kind in {
        parameter.POSITIONAL_OR_KEYWORD,
        parameter.KEYWORD_ONLY,
    }


def _check_provider_name(name: object) -> None:
    if not isinstance(name, str):
        raise ConfigurationError(
            f"login provider names in logins must be strings, not {type(name).__name__}",
            hint=PROVIDER_NAME_HINT,
        )
    if not name.strip():
        raise ConfigurationError(
            "login provider names in logins must not be empty", hint=PROVIDER_NAME_HINT
        )
    if "://" in name:
        from cognito_credentials._core.login_providers import derive_provider_name

        raise ConfigurationError(
            f"the login provider name {name!r} in logins must not have a scheme",
            hint=f"Write {derive_provider_name(name)!r}.",
        )
    if name.startswith("arn:") and ":oidc-provider/" in name:
        raise ConfigurationError(
            f"the login provider name {name!r} in logins must not be the ARN of an OpenID Connect provider",
            hint=f"Write {name.partition(':oidc-provider/')[2]!r}, the name of its issuer.",
        )
    if "." not in name:
        from cognito_credentials._core import endpoints

        if provider_name := endpoints.find_user_pool(name):
            raise ConfigurationError(
                f"the login provider name {name!r} in logins must not be the ID or ARN of a user pool",
                hint=f"Write {provider_name!r}.",
            )
    if len(name) > MAX_PROVIDER_NAME_LENGTH:
        raise ConfigurationError(
            "login provider names in logins must have at most "
            f"{MAX_PROVIDER_NAME_LENGTH} characters, not {len(name)}",
            hint="Use the login provider name as the key and the token as the value: {name: "
            "token}.",
        )


def _diagnose_token(token: object) -> tuple[str, str] | None:
    """If the token is invalid, return the problem and a hint; otherwise, return None."""
    if token is None:
        return "is None", _SIGN_IN_HINT
    if isinstance(token, (bytes, bytearray)):
        return "must be a string, not bytes", "Decode the token: token.decode()."
    if not isinstance(token, str):
        hint = "Pass the token itself, for example IdToken in the user pool's response."
        return f"must be a string, not {type(token).__name__}", hint
    length = len(token.strip())
    if not length:
        return "is empty", _SIGN_IN_HINT
    if length > MAX_TOKEN_LENGTH:
        problem = f"has {length} characters, but at most {MAX_TOKEN_LENGTH} are allowed"
        return problem, "Pass an ID token exactly as its issuer returned it."
    return None
