"""Login keys, and where login tokens come from.

A login is an entry `{key: token}` of a provider's `logins`: the key names who signed the user in,
the token is that provider's proof. A token may be a string, or a supplier: a callable without
arguments that is asked once for each fetch of credentials, so that a provider can outlive a token.
The suppliers here may be called from many threads. Those that do I/O block their caller; in an
event loop, `lambda: asyncio.to_thread(supplier)` is a supplier that does not.

None of them shows a token in its repr, its errors or a log.
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
    check_token,
)
from cognito_credentials._suppliers.tokens import CommandToken, EnvironmentToken, FileToken
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


# --- keys -------------------------------------------------------------------------------------


def user_pool(user_pool_id: str) -> str:
    """Return the login key of a Cognito user pool, such as `us-east-1_Example`.

    Raises:
        ConfigurationError: This is not the id of a user pool.
    """
    region, underscore, name = user_pool_id.partition("_")
    if not (underscore and name.isascii() and name.isalnum()):
        raise ConfigurationError(
            f"{user_pool_id!r} is not the id of a user pool",
            hint="It looks like us-east-1_Example. "
            "An id with a colon is an identity pool's, which is what logins are sent to.",
        )
    check_region(region, "the region in user_pool_id")
    return f"cognito-idp.{region}.{get_partition(region).dns_suffix}/{user_pool_id}"


def oidc(issuer_url: str) -> str:
    """Return the login key of an OpenID Connect issuer: its address without `https://`.

    Raises:
        ConfigurationError: This is not the address of an issuer.
    """
    key = derive_provider_name(issuer_url.strip())
    if not key.partition("/")[0] or not key.isprintable() or any(c in key for c in " ?#@"):
        raise ConfigurationError(
            f"{issuer_url!r} is not the address of an issuer",
            hint="Give the `iss` of its tokens, such as https://login.example.com/tenant.",
        )
    if "://" in key:
        raise ConfigurationError(f"{issuer_url!r} must begin with https://")
    return key


def token_subject(claims: t.Claims) -> str:
    """Name the user of an ID token: issuer and subject, which together never change.

    Give it as `user_identifier`, so that identity ids are cached for each user apart.

    Raises:
        LoginTokenError: The token names no issuer or no subject.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and issuer and isinstance(subject, str) and subject):
        raise LoginTokenError(
            "The ID token names no user: it needs the claims iss and sub",
            provider_name=issuer if isinstance(issuer, str) else "",
            hint="Give user_identifier as a string.",
        )
    return f"{derive_provider_name(issuer)}#{subject}"


# --- the whole of `logins` --------------------------------------------------------------------


NO_KEY_YET = "login_from_id_token(...)"  # in errors, until a token has told the login's key


def login_from_id_token(
    token: str | Callable[..., str | Awaitable[str]],
) -> IdTokenLogin:
    """Make a provider's whole `logins` from one ID token, or from a supplier of one.

    The key comes from the token's `iss` each time it is resolved.

    Raises:
        ConfigurationError: `token` is a string without an issuer in it.
    """
    return IdTokenLogin(token)


class IdTokenLogin(LoginSource):
    """One ID token under the key that its issuer has; see `login_from_id_token`."""

    __slots__ = ("_token",)

    def __init__(self, token: str | Callable[..., str | Awaitable[str]]) -> None:
        if not callable(token):
            try:
                _key_in(check_token(token, NO_KEY_YET))
            except LoginTokenError as error:
                raise ConfigurationError(error.message, hint=error.hint) from None
        self._token = token

    def _resolve(self, *, refresh: bool) -> Flow[ResolvedLogins]:
        """Ask for the token, and read its key."""
        token: object = self._token
        if callable(token):
            token = yield from call_supplier(token, NO_KEY_YET, refresh=refresh)
        text = check_token(token, NO_KEY_YET)
        key = _key_in(text)
        refreshable = frozenset((key,)) if callable(self._token) else frozenset[str]()
        return ResolvedLogins({key: text}, refreshable_names=refreshable)

    def __repr__(self) -> str:
        return f"login_from_id_token({_shown(self._token)})"


class DeveloperIdentity(LoginSource):
    """Developer-authenticated identities: the user's back end names the identity, with a token.

    Args:
        supplier: Called once for each fetch; returns identity id and token as a pair, or the answer
            of boto3's `get_open_id_token_for_developer_identity` as it is. It may have a parameter
            `refresh`, like any supplier.

    Give it as a provider's whole `logins`. GetId is not called; the login key is that of the
    region's partition.
    """

    __slots__ = ("_supplier",)

    has_identity_id = True

    def __init__(self, supplier: Callable[..., t.Any]) -> None:
        if not callable(supplier):
            raise ConfigurationError(
                f"DeveloperIdentity needs a callable, not a {type(supplier).__name__}",
                hint="The token ends after 15 minutes: the callable asks your back end for one.",
            )
        self._supplier = supplier

    def _resolve(self, *, refresh: bool) -> Flow[ResolvedLogins]:
        """Ask for identity id and token."""
        name = "developer identity"
        answer = yield from call_supplier(self._supplier, name, refresh=refresh)
        identity_id, token = _identity_and_token(answer, name)
        checked = None
        with suppress(ConfigurationError):
            checked = check_identity_id(identity_id)
        if checked is None:
            # Not in an `except`: that error quotes what it refuses, which may be the token in the
            # wrong place, and would become this one's context.
            raise LoginTokenError(
                "The supplier of the developer identity gave an identity id that is none",
                provider_name=name,
                hint="Return (identity_id, token), in this order; an id has the form REGION:UUID.",
            )
        key = get_developer_provider_name(get_region(checked))
        return ResolvedLogins(
            {key: check_token(token, key)}, refreshable_names=frozenset((key,)), identity_id=checked
        )

    def __repr__(self) -> str:
        return f"DeveloperIdentity({_shown(self._supplier)})"


def _identity_and_token(answer: t.Any, name: str) -> tuple[t.Any, t.Any]:
    kind = type(answer).__name__
    try:
        if isinstance(answer, str):
            raise TypeError  # noqa: TRY301 - a text of two characters is no pair
        if hasattr(answer, "keys"):
            return answer["IdentityId"], answer["Token"]
        identity_id, token = answer
    except (KeyError, TypeError, ValueError):
        pass
    else:
        return identity_id, token
    raise LoginTokenError(
        f"The supplier of the developer identity returned a {kind}",
        provider_name=name,
        hint="Return (identity_id, token), or the answer of "
        "get_open_id_token_for_developer_identity.",
    )


def _key_in(token: str) -> str:
    claims = decode_claims(token)
    issuer = None if claims is None else claims.get("iss")
    if not isinstance(issuer, str) or not derive_provider_name(issuer):
        problem = "is not a JSON Web Token" if claims is None else "names no issuer (iss)"
        raise LoginTokenError(
            f"The ID token {problem}",
            provider_name=NO_KEY_YET,
            hint="Tokens of Facebook, Amazon and Twitter have no issuer: "
            "give them under their key, as in logins={FACEBOOK: token}.",
        )
    key = derive_provider_name(issuer)
    if is_identity_pool_issuer(key):
        raise LoginTokenError(
            "The ID token was made by an identity pool, for an identity id",
            provider_name=key,
            hint="Give both together, as logins=DeveloperIdentity(...).",
        )
    return key


def _shown(token: object) -> str:
    if not callable(token):
        return "…"
    return getattr(token, "__qualname__", None) or type(token).__qualname__
