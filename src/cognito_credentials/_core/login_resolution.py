"""From what a user gave as `logins` to the tokens of one flow.

Tokens are resolved once for each flow and used for all of its calls. A login that was configured
either gives a token or fails the flow: nobody who meant to sign in becomes a guest in silence. No
text made here ever holds a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from cognito_credentials._core import logs, ops
from cognito_credentials._core.jwt_claims import decode_claims
from cognito_credentials._core.login_providers import derive_provider_name
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    LoginTokenError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.ops import Flow

__all__ = [
    "MAX_TOKEN_LENGTH",
    "AsyncLogins",
    "LoginSource",
    "Logins",
    "ResolvedLogins",
    "call_supplier",
    "check_token",
    "normalize_logins",
    "resolve_logins",
]

# The limits of the API reference: LoginsMap, IdentityProviderName, IdentityProviderToken.
MAX_LOGINS = 10
MAX_KEY_LENGTH = 128
MAX_TOKEN_LENGTH = 50_000


class ResolvedLogins:
    """The tokens of one flow by login key; `tokens` is empty for a guest.

    `supplied` has the keys whose token a supplier gave, which can be asked for a newer one.
    `identity_id` is set where a developer's back end named it. The repr shows keys only.
    """

    __slots__ = ("_peeked", "identity_id", "refreshable_names", "tokens")

    def __init__(
        self,
        tokens: dict[str, str],
        *,
        refreshable_names: frozenset[str] = frozenset(),
        identity_id: str | None = None,
    ) -> None:
        self.tokens = tokens
        self.refreshable_names = refreshable_names
        self.identity_id = identity_id
        self._peeked: dict[str, dict[str, Any] | None] = {}

    @property
    def can_refresh(self) -> bool:
        return bool(self.refreshable_names)

    @property
    def claims(self) -> Mapping[str, Any] | None:
        """The claims, not verified, of the first login whose token is a JWT."""
        return next((claims for key in self.tokens if (claims := self.get_claims(key))), None)

    def get_claims(self, key: str) -> Mapping[str, Any] | None:
        """Return the claims, not verified, of one login; None where its token is no JWT."""
        if key not in self._peeked:
            self._peeked[key] = decode_claims(self.tokens[key])
        return self._peeked[key]

    def __repr__(self) -> str:
        identity = "" if self.identity_id is None else f", identity_id={self.identity_id!r}"
        return f"ResolvedLogins({', '.join(map(repr, self.tokens))}{identity})"


class LoginSource:
    """Something that stands for a provider's whole `logins`: it knows its key when it is asked."""

    __module__ = "cognito_credentials.logins"

    __slots__ = ()

    has_identity_id = False
    """Whether it names the identity id as well, so that GetId is not called."""

    def _resolve(self, *, refresh: bool) -> Flow[ResolvedLogins]:
        raise NotImplementedError


Logins = Mapping[str, str | Callable[..., str]] | LoginSource
AsyncLogins = Mapping[str, str | Callable[..., str | Awaitable[str]]] | LoginSource


def normalize_logins(logins: object) -> Mapping[str, Any] | LoginSource | None:
    """Return logins as a provider keeps them, or raise `ConfigurationError` naming what is wrong.

    A mapping is copied: one that is emptied later must not turn a user into a guest. A key that
    nobody knows here is passed on, since it may be the host of an OpenID Connect issuer.
    """
    if logins is None or isinstance(logins, LoginSource):
        return logins
    if not isinstance(logins, Mapping):
        raise ConfigurationError(
            f"logins is of type {type(logins).__name__}: it must be a mapping of login keys to tokens",
            hint='Write logins={"accounts.google.com": token}; '
            "login_from_id_token(token) finds the key of an ID token by itself.",
        )
    kept: dict[Any, Any] = dict(logins)  # pyright: ignore[reportUnknownArgumentType]
    if len(kept) > MAX_LOGINS:
        raise ConfigurationError(f"logins has {len(kept)} entries: the service takes {MAX_LOGINS}")
    for key, login in kept.items():
        _check_key(key)
        if isinstance(login, LoginSource):
            raise ConfigurationError(
                f"logins[{key!r}] is of type {type(login).__name__}, which brings its own key",
                hint="Give it as the whole of logins: logins=...",
            )
        if not callable(login) and (problem := _problem(login)):
            raise ConfigurationError(f"The token in logins[{key!r}] {problem[0]}", hint=problem[1])
    return kept


def resolve_logins(
    logins: Mapping[str, Any] | LoginSource | None, *, refresh: bool = False
) -> Flow[ResolvedLogins]:
    """Ask each supplier for its token; `refresh` where the service refused the last as expired.

    Raises:
        LoginTokenError: A supplier raised (kept as `__cause__`), or gave nothing that can be sent.
    """
    if isinstance(logins, LoginSource):
        return (yield from logins._resolve(refresh=refresh))  # noqa: SLF001 - declared above
    tokens: dict[str, str] = {}
    supplied: set[str] = set()
    for key, login in (logins or {}).items():
        token = login
        if callable(login):
            supplied.add(key)
            token = yield from call_supplier(login, key, refresh=refresh)
        tokens[key] = check_token(token, key)
    return ResolvedLogins(tokens, refreshable_names=frozenset(supplied))


def call_supplier(supplier: Callable[..., Any], key: str, *, refresh: bool) -> Flow[Any]:
    """Call a supplier; whatever it raises becomes a `LoginTokenError` that names the login."""
    keywords = {"refresh": True} if refresh and _takes_refresh(supplier) else {}
    kind = _kind_of(supplier)
    asked = yield from ops.now()
    logs.debug("Asking the login %s%s (%s)", key, " once more" if refresh else "", kind)
    try:
        with logs.Wait(f"the token of the login {key} ({kind})"):
            token = yield from ops.call(supplier, **keywords)
    except ConfigurationError as error:
        # The driver's: this supplier is asynchronous, and the provider is not.
        raise ConfigurationError(
            f"The supplier of the login {key!r} cannot be used: {error.message}", hint=error.hint
        ) from error
    except CognitoCredentialsError as error:
        raise LoginTokenError(
            f"There is no token for the login {key!r}: {error.message}",
            provider_name=key,
            hint=error.hint,
        ) from error
    except Exception as error:
        # The text of an error that we did not write may hold what the supplier was handling.
        raise LoginTokenError(
            f"The supplier of the login {key!r} raised {type(error).__name__}",
            provider_name=key,
            hint="The error that caused this one says why.",
        ) from error
    milliseconds = 1000 * ((yield from ops.now()) - asked)
    logs.debug("The login %s answered in %.0f ms", key, milliseconds)
    return token


def check_token(token: object, key: str) -> str:
    """Return what a supplier gave as it is sent, or raise `LoginTokenError`."""
    if problem := _problem(token):
        raise LoginTokenError(
            f"The token for the login {key!r} {problem[0]}", provider_name=key, hint=problem[1]
        )
    # No kind of token has white space around it, but what was read from a file has.
    return str(token).strip()


def _kind_of(supplier: Callable[..., Any]) -> str:
    """Return what a supplier is called: a function by its name, others by their class."""
    supplier = getattr(supplier, "__wrapped__", supplier)
    return str(getattr(supplier, "__qualname__", None) or type(supplier).__qualname__)


def _takes_refresh(supplier: Callable[..., Any]) -> bool:
    import inspect  # slow to import, and only needed after a refusal

    try:
        parameter = inspect.signature(supplier).parameters.get("refresh")
    except (TypeError, ValueError):
        return False
    return parameter is not None and parameter.kind in {
        parameter.POSITIONAL_OR_KEYWORD,
        parameter.KEYWORD_ONLY,
    }


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise ConfigurationError(f"A key in logins is of type {type(key).__name__}, not a string")
    if not key.strip():
        raise ConfigurationError("A key in logins is empty")
    if "://" in key:
        raise ConfigurationError(
            f"The key {key!r} in logins has a scheme",
            hint=f"Write it as the service knows it: {derive_provider_name(key)!r}.",
        )
    if len(key) > MAX_KEY_LENGTH:
        raise ConfigurationError(
            f"A key in logins has {len(key)} characters: the service takes {MAX_KEY_LENGTH}",
            hint="Is it the token? The key comes first: {key: token}.",
        )


def _problem(token: object) -> tuple[str, str] | None:
    """Say what is wrong with a token, and what to do about it; None where nothing is."""
    if token is None:
        return "is None", "Sign the user in first; a guest's provider has no logins at all."
    if isinstance(token, (bytes, bytearray)):
        return "is bytes", "Decode it: token.decode()."
    if not isinstance(token, str):
        hint = "Give the token's text alone (IdToken in a user pool's answer)."
        return f"is of type {type(token).__name__}, not a string", hint
    stripped = token.strip()
    if not stripped:
        return "is empty", "Sign the user in first; a guest's provider has no logins at all."
    if len(stripped) > MAX_TOKEN_LENGTH:
        return f"has {len(stripped)} characters", f"The service takes {MAX_TOKEN_LENGTH}."
    return None
