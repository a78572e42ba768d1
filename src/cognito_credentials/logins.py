"""Login provider names, and sources of login tokens.

`logins` maps login provider names to login tokens: `{name: token}`. The name identifies the
provider that signed the user in, and the token proves the sign-in.

Instead of a token, pass a supplier: a function that returns a token. The supplier is called without
arguments, once for each fetch of credentials, so a provider can be used even after the first token
has expired. If the supplier accepts a parameter named `refresh`, it is called again with
`refresh=True` if the token that it returned has expired. A supplier may cache tokens. An async
provider also accepts a function that returns an awaitable, and calls a function in a thread if the
function's attribute `blocks` is true.

The suppliers in this module are thread-safe. Suppliers with equal arguments are equal, and can be
pickled without a token. An async provider calls `FileToken` and `CommandToken`
in a thread, because they block while they read a file or run a command. No repr, error or log line
contains a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cognito_credentials import _typing as t
from cognito_credentials._core.endpoints import check_region, get_partition
from cognito_credentials._core.jwt_claims import decode_claims
from cognito_credentials._core.login_providers import (
    AMAZON,
    APPLE,
    DIGITS,
    FACEBOOK,
    GOOGLE,
    TWITTER,
    derive_provider_name,
    is_identity_pool_issuer,
)
from cognito_credentials._core.login_resolution import (
    AsyncLogins,
    Logins,
    LoginSource,
    ResolvedLogins,
    call_supplier,
    check_not_awaitable,
    check_token,
    describe_source,
)
from cognito_credentials._immutable import Immutable
from cognito_credentials._suppliers.developer_identity import DeveloperIdentity
from cognito_credentials._suppliers.tokens import CommandToken, EnvironmentToken, FileToken
from cognito_credentials._validation import format_value
from cognito_credentials.errors import ConfigurationError, LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.ops import Flow

__all__ = [
    "AMAZON",
    "APPLE",
    "DIGITS",
    "FACEBOOK",
    "GOOGLE",
    "TWITTER",
    "AsyncLogins",
    "CommandToken",
    "DeveloperIdentity",
    "EnvironmentToken",
    "FileToken",
    "IdTokenLogin",
    "LoginSource",
    "Logins",
    "login_from_id_token",
    "oidc",
    "token_subject",
    "user_pool",
]


# Login provider name in errors that occur before the token's issuer is known.
UNKNOWN_PROVIDER = "login_from_id_token(...)"


# --- login provider names -----------------------------------------------------------------------


def user_pool(user_pool_id: str) -> str:
    """Return the login provider name of a user pool.

    Args:
        user_pool_id: For example `us-east-1_Example`.

    Raises:
        ConfigurationError: If the argument is not a user pool ID.
    """
    region, underscore, name = str(user_pool_id).partition("_")
    if not (underscore and name.isascii() and name.isalnum()):
        raise ConfigurationError(
            f"user_pool_id must be a user pool ID, not {format_value(user_pool_id)}",
            hint="Pass an ID such as us-east-1_Example. An ID with a colon is an identity pool ID; "
            "pass it to from_cognito_identity_pool.",
        )
    check_region(region, "the region in user_pool_id")
    return f"cognito-idp.{region}.{get_partition(region).dns_suffix}/{user_pool_id}"


def oidc(issuer_url: str) -> str:
    """Return the login provider name of an OpenID Connect issuer: its URL without the scheme.

    Args:
        issuer_url: The `iss` claim of the issuer's tokens, for example
            `https://login.example.com/tenant`.

    Raises:
        ConfigurationError: If the argument is not a valid issuer URL.
    """
    name = derive_provider_name(_text_or_empty(issuer_url).strip())
    if not name.partition("/")[0] or not name.isprintable() or any(c in name for c in " ?#@"):
        raise ConfigurationError(
            f"issuer_url must be the URL of an issuer, not {format_value(issuer_url)}",
            hint="Pass the claim iss of the issuer's tokens, for example "
            "https://login.example.com/tenant.",
        )
    if "://" in name:
        raise ConfigurationError(
            f"issuer_url must begin with https://, not {format_value(issuer_url)}",
            hint="Pass the claim iss of the issuer's tokens, for example "
            "https://login.example.com/tenant.",
        )
    return name


def token_subject(claims: t.Claims) -> str:
    """Return a permanent identifier for the user of an ID token: its issuer and subject.

    Pass this function as `user_identifier` to cache the identity ID of each user separately.

    Raises:
        LoginTokenError: If the `iss` or `sub` claim is missing.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and issuer and isinstance(subject, str) and subject):
        raise LoginTokenError(
            "the ID token must contain the claims iss and sub, which identify the user",
            provider_name=issuer if isinstance(issuer, str) else "",
            hint="Pass user_identifier as a string.",
        )
    return f"{derive_provider_name(issuer)}#{subject}"


# --- sources that replace the whole mapping ------------------------------------------------------


def login_from_id_token(
    token: str | Callable[..., str | Awaitable[str]],
) -> IdTokenLogin:
    """Return a value for `logins` that contains one ID token.

    The login provider name is read from the token's `iss` claim on each fetch of credentials.

    Args:
        token: An ID token, or a supplier that returns an ID token.

    Raises:
        ConfigurationError: If `token` is neither callable nor an ID token with an issuer.
    """
    return IdTokenLogin(token)


class IdTokenLogin(Immutable, LoginSource):
    """Login with an ID token; created by `login_from_id_token`.

    Thread-safe if the supplier is thread-safe; any number of providers may share an instance.
    Instances with equal tokens or suppliers are equal.
    """

    __slots__ = ("_token",)

    _token: str | Callable[..., str | Awaitable[str]]

    def __init__(self, token: str | Callable[..., str | Awaitable[str]]) -> None:
        check_not_awaitable(token, "token", "an ID token or a supplier")
        if not callable(token):
            try:
                _read_provider_name(check_token(token, UNKNOWN_PROVIDER))
            except LoginTokenError as error:
                raise ConfigurationError(error.message, hint=error.hint) from None
        self._set_attributes(_token=token)

    def _resolve(self, *, refresh: bool) -> Flow[ResolvedLogins]:
        token: object = self._token
        if callable(token):
            token = yield from call_supplier(token, UNKNOWN_PROVIDER, refresh=refresh)
        checked = check_token(token, UNKNOWN_PROVIDER)
        name = _read_provider_name(checked)
        refreshable = frozenset((name,)) if callable(self._token) else frozenset[str]()
        return ResolvedLogins({name: checked}, refreshable_names=refreshable)

    def __repr__(self) -> str:
        return f"login_from_id_token({describe_source(self._token)})"


def get_id_token_source(login: IdTokenLogin) -> object:
    """Return the ID token or the supplier of a login, for the other packages of this library."""
    return login._token  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _read_provider_name(token: str) -> str:
    """Return the login provider name of an ID token's issuer.

    Raises:
        LoginTokenError: If the token is not an ID token, or was issued by an identity pool.
    """
    claims = decode_claims(token)
    issuer = None if claims is None else claims.get("iss")
    if not isinstance(issuer, str) or not derive_provider_name(issuer):
        problem = "is not a JSON Web Token" if claims is None else "has no issuer (claim iss)"
        raise LoginTokenError(
            f"the ID token {problem}",
            provider_name=UNKNOWN_PROVIDER,
            hint="Pass an ID token. Tokens from Facebook, Amazon and Twitter are not ID tokens; "
            "pass them with their login provider name, for example logins={FACEBOOK: token}.",
        )
    name = derive_provider_name(issuer)
    if is_identity_pool_issuer(name):
        raise LoginTokenError(
            "the ID token was issued by an identity pool, for an identity ID",
            provider_name=name,
            hint="Pass the identity ID and the token together: logins=DeveloperIdentity(...).",
        )
    return name


def _text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""
