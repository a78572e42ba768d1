"""Login provider names, and sources of login tokens.

`logins` maps login provider names to login tokens: `{name: token}`. The name identifies the
provider that signed the user in, and the token proves the sign-in.

Instead of a token, pass a supplier: a function that returns a token. It is called without arguments,
once for each fetch of credentials, so that a provider can be used for longer than a token is valid.
If it has a parameter named `refresh`, it is called with `refresh=True` after the service rejected its
last token as expired. It may cache its tokens. An async provider also accepts a function that returns
an awaitable, and calls a function whose attribute `blocks` is true in a thread.

The suppliers in this module are thread-safe. An async provider calls them in a thread, because they
block while they read a file or run a command. No repr, error or log line contains a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from cognito_credentials import _typing as t
from cognito_credentials._core.endpoints import (
    check_identity_id,
    check_region,
    get_developer_provider_name,
    get_partition,
    get_region,
)
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
)
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
DEVELOPER_PROVIDER = "developer identity"


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
            hint="Pass an ID such as us-east-1_Example. An ID with a colon is an identity pool ID, "
            "which from_cognito_identity_pool takes.",
        )
    check_region(region, "the region in user_pool_id")
    return f"cognito-idp.{region}.{get_partition(region).dns_suffix}/{user_pool_id}"


def oidc(issuer_url: str) -> str:
    """Return the login provider name of an OpenID Connect issuer: its URL without the scheme.

    Args:
        issuer_url: The claim `iss` of the tokens, for example `https://login.example.com/tenant`.

    Raises:
        ConfigurationError: If the argument is not the URL of an issuer.
    """
    name = derive_provider_name(_text_or_empty(issuer_url).strip())
    if not name.partition("/")[0] or not name.isprintable() or any(c in name for c in " ?#@"):
        raise ConfigurationError(
            f"issuer_url must be the URL of an issuer, not {format_value(issuer_url)}",
            hint="Pass the claim iss of its tokens, for example https://login.example.com/tenant.",
        )
    if "://" in name:
        raise ConfigurationError(
            f"issuer_url must begin with https://, not {format_value(issuer_url)}",
            hint="Pass the claim iss of its tokens, for example https://login.example.com/tenant.",
        )
    return name


def token_subject(claims: t.Claims) -> str:
    """Return an identifier for an ID token's user: the issuer and the subject, which never change.

    Pass this function as `user_identifier` to cache the identity ID of each user separately.

    Raises:
        LoginTokenError: If the claim `iss` or `sub` is missing.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and issuer and isinstance(subject, str) and subject):
        raise LoginTokenError(
            "the ID token must have the claims iss and sub, which identify the user",
            provider_name=issuer if isinstance(issuer, str) else "",
            hint="Pass user_identifier as a string.",
        )
    return f"{derive_provider_name(issuer)}#{subject}"


# --- sources that replace the whole mapping ------------------------------------------------------


def login_from_id_token(
    token: str | Callable[..., str | Awaitable[str]],
) -> IdTokenLogin:
    """Return a value for `logins` that contains one ID token.

    The login provider name is read from the token's claim `iss` on each fetch of credentials.

    Args:
        token: An ID token, or a supplier that returns one.

    Raises:
        ConfigurationError: If `token` is neither callable nor an ID token with an issuer.
    """
    return IdTokenLogin(token)


class IdTokenLogin(LoginSource):
    """Login with one ID token; `login_from_id_token` creates it.

    Thread-safe if its supplier is; any number of providers may share an instance.
    """

    __slots__ = ("_token",)

    def __init__(self, token: str | Callable[..., str | Awaitable[str]]) -> None:
        check_not_awaitable(token, "token", "an ID token or a supplier")
        if not callable(token):
            try:
                _read_provider_name(check_token(token, UNKNOWN_PROVIDER))
            except LoginTokenError as error:
                raise ConfigurationError(error.message, hint=error.hint) from None
        self._token = token

    def _resolve(self, *, refresh: bool) -> Flow[ResolvedLogins]:
        token: object = self._token
        if callable(token):
            token = yield from call_supplier(token, UNKNOWN_PROVIDER, refresh=refresh)
        checked = check_token(token, UNKNOWN_PROVIDER)
        name = _read_provider_name(checked)
        refreshable = frozenset((name,)) if callable(self._token) else frozenset[str]()
        return ResolvedLogins({name: checked}, refreshable_names=refreshable)

    def __repr__(self) -> str:
        return f"login_from_id_token({_describe_source(self._token)})"


class DeveloperIdentity(LoginSource):
    """Login with a developer-authenticated identity from the application's back end.

    Pass an instance as the argument `logins`. GetId is not called, because the supplier returns the
    identity ID. An instance is thread-safe if its supplier is, and any number of providers may
    share it.

    Args:
        supplier: Function that is called for each fetch. It returns a pair of identity ID and
            token, or the response from boto3's `get_open_id_token_for_developer_identity`. It may
            have a parameter `refresh`, like every supplier.

    Raises:
        ConfigurationError: If `supplier` is not callable.
    """

    __slots__ = ("_supplier",)

    has_identity_id = True

    def __init__(self, supplier: Callable[..., t.Any]) -> None:
        check_not_awaitable(supplier, "supplier", "a function")
        if not callable(supplier):
            raise ConfigurationError(
                f"supplier must be callable, not {type(supplier).__name__}",
                hint="Pass a function that requests a token from your back end. "
                "By default, a token expires after 15 minutes.",
            )
        self._supplier = supplier

    def _resolve(self, *, refresh: bool) -> Flow[ResolvedLogins]:
        returned = yield from call_supplier(self._supplier, DEVELOPER_PROVIDER, refresh=refresh)
        identity_id, token = _split_identity_and_token(returned)
        checked = None
        with suppress(ConfigurationError):
            checked = check_identity_id(identity_id)
        if checked is None:
            # Raised outside the `except` block, because the original error would become the context
            # of this error. It shows the rejected value, which may be the token.
            raise LoginTokenError(
                "the supplier of DeveloperIdentity returned an invalid identity ID",
                provider_name=DEVELOPER_PROVIDER,
                hint="Return (identity_id, token), in this order. "
                "An identity ID has the form REGION:UUID.",
            )
        name = get_developer_provider_name(get_region(checked))
        return ResolvedLogins(
            {name: check_token(token, name)},
            refreshable_names=frozenset((name,)),
            identity_id=checked,
        )

    def __repr__(self) -> str:
        return f"DeveloperIdentity({_describe_source(self._supplier)})"


def _split_identity_and_token(returned: t.Any) -> tuple[t.Any, t.Any]:
    try:
        if isinstance(returned, str):
            raise TypeError  # noqa: TRY301 - a string of two characters would unpack
        if hasattr(returned, "keys"):
            return returned["IdentityId"], returned["Token"]
        identity_id, token = returned
    except (KeyError, TypeError, ValueError):
        pass
    else:
        return identity_id, token
    kind = type(returned).__name__
    if isinstance(returned, str | bytes):  # hides its value; the base class names its type
        kind = type(returned).__mro__[1].__name__
    form = "without IdentityId and Token" if hasattr(returned, "keys") else ""
    raise LoginTokenError(
        "the supplier of DeveloperIdentity must return an identity ID and a token, "
        f"not {kind} {form}".rstrip(),
        provider_name=DEVELOPER_PROVIDER,
        hint="Return (identity_id, token), or the response from "
        "get_open_id_token_for_developer_identity.",
    )


def _read_provider_name(token: str) -> str:
    """Return the login provider name of an ID token's issuer."""
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


def _describe_source(token: object) -> str:
    if not callable(token):
        return "…"
    return getattr(token, "__qualname__", None) or type(token).__qualname__


def _text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""
