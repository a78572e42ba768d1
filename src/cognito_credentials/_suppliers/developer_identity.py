"""`DeveloperIdentity`: the login of a user whom the application's back end has authenticated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from cognito_credentials import _typing as t
from cognito_credentials._core.endpoints import (
    check_identity_id,
    check_identity_pool_id,
    get_developer_provider_name,
    get_region,
)
from cognito_credentials._core.identity_sources import FixedIdentitySource
from cognito_credentials._core.login_resolution import (
    DEVELOPER_PROVIDER,
    LoginSource,
    ResolvedLogins,
    call_supplier,
    check_not_awaitable,
    check_token,
    describe_source,
)
from cognito_credentials._validation import check_argument_names, check_integer, format_value
from cognito_credentials.errors import ConfigurationError, LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import overload

    from cognito_credentials._core.developer_identity import DeveloperUser
    from cognito_credentials._core.identity_sources import IdentitySource
    from cognito_credentials._core.ops import Flow

__all__ = ["DeveloperIdentity"]

# Limits from the API reference: DeveloperProviderName, DeveloperUserIdentifier, TokenDuration,
# PrincipalTags, PrincipalTagID and PrincipalTagValue.
PROVIDER_NAME = r"[\w.-]{1,128}"
MAX_USER_LENGTH = 1024
MAX_TOKEN_SECONDS = 86_400
MAX_TAGS = 50
MAX_TAG_NAME_LENGTH = 128
MAX_TAG_VALUE_LENGTH = 256


class DeveloperIdentity(LoginSource):
    """Login of a user whom the application's back end has authenticated; pass it as `logins`.

    With `identity_pool_id`, `provider_name` and `user`, an instance is for use in the back end. A
    fetch then calls GetOpenIdTokenForDeveloperIdentity, signed with the back end's AWS credentials,
    and GetCredentialsForIdentity with the identity ID and the token in the response. GetId is not
    called. The AWS credentials require the permission
    `cognito-identity:GetOpenIdTokenForDeveloperIdentity`, and are not used for any other request.

    With a supplier as the only argument, an instance is for use in an application that gets the
    identity ID and the token from such a back end.

    In a back end, an instance caches the latest token until one minute before the token expires, and
    uses it for all fetches. Two such instances are equal if all of their arguments are equal, so a
    broker recognizes the user even if the application creates an instance for each request.

    If the service rejects a token as expired, a new token is requested, at most once per fetch.
    Thread-safe; any number of sync and async providers may share an instance. The repr contains
    neither the user nor a secret.

    Args:
        identity_pool_id: The identity pool ID; must be the same ID as in the provider or broker.
        provider_name: The developer provider name of the identity pool, for example
            `login.example.com`.
        user: Identifier of the user in the back end; 1 to 1024 characters. The service compares
            identifiers case-sensitively.
        credentials: AWS credentials of the back end: `Credentials`, credentials of botocore, a
            provider or cache of this library, or a function that returns any of these. A function
            is called for each token; an async provider awaits an awaitable result, and calls the
            function in a thread if the function's attribute `blocks` is true. If None,
            `ClientConfig.credentials` are used. If these are None as well, botocore's default
            credentials are used, with the profile `ClientConfig.profile` if it is set.
        principal_tags: At most 50 tags by name, which IAM policies can use to restrict the user's
            permissions. Names consist of 1 to 128 characters, and values of 1 to 256 characters.
        token_duration: Lifetime of a token in seconds, from 1 to 86400; by default, the service's
            default of 15 minutes. Refreshes during the lifetime do not request a new token, so
            changes to tags or linked logins take effect only with the next token.
        supplier: Function that is called for each fetch. The function returns a pair (identity ID,
            token), or the response from boto3's `get_open_id_token_for_developer_identity`. Like
            every supplier, it may accept a parameter `refresh`.

    Raises:
        ConfigurationError: If an argument is invalid.
    """

    __module__ = "cognito_credentials.logins"

    __slots__ = ("_supplier", "_user")

    has_identity_id = True

    if TYPE_CHECKING:

        @overload
        def __init__(self, supplier: Callable[..., t.Any], /) -> None: ...

        @overload
        def __init__(
            self,
            identity_pool_id: str,
            provider_name: str,
            user: str,
            *,
            credentials: object = None,
            principal_tags: Mapping[str, str] | None = None,
            token_duration: int | None = None,
        ) -> None: ...

    @check_argument_names
    def __init__(
        self,
        identity_pool_id: str | Callable[..., t.Any],
        provider_name: str | None = None,
        user: str | None = None,
        *,
        credentials: object = None,
        principal_tags: Mapping[str, str] | None = None,
        token_duration: int | None = None,
    ) -> None:
        self._supplier: Callable[..., t.Any] | None = None
        self._user: DeveloperUser | None = None
        check_not_awaitable(identity_pool_id, "supplier", "a function")
        if callable(identity_pool_id):
            others = (provider_name, user, credentials, principal_tags, token_duration)
            if any(value is not None for value in others):
                raise ConfigurationError(
                    "a supplier must be the only argument of DeveloperIdentity",
                    hint="Pass either a function that returns an identity ID and a token, or "
                    "identity_pool_id, provider_name and user.",
                )
            self._supplier = identity_pool_id
            return
        if not isinstance(identity_pool_id, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                "the first argument of DeveloperIdentity must be an identity pool ID or a supplier, "
                f"not {type(identity_pool_id).__name__}",
                hint="In a back end, pass identity_pool_id, provider_name and user. In any other "
                "program, pass a function that requests an identity ID and a token from your back "
                "end.",
            )
        # Imported here, because only back ends sign requests.
        from cognito_credentials._core.developer_identity import DeveloperUser
        from cognito_credentials._core.signing_keys import check_credentials

        if credentials is not None:
            check_credentials(credentials)
        self._user = DeveloperUser(
            identity_pool_id=check_identity_pool_id(identity_pool_id),
            provider_name=_check_provider_name(provider_name),
            user=_check_text("user", user, MAX_USER_LENGTH, "Pass the user's ID in your back end."),
            credentials=credentials,
            principal_tags=_check_tags(principal_tags),
            token_duration=token_duration
            if token_duration is None
            else check_integer(
                "token_duration",
                token_duration,
                maximum=MAX_TOKEN_SECONDS,
                hint="Pass the lifetime in seconds, for example 900 for 15 minutes.",
            ),
        )

    def _resolve(self, *, refresh: bool) -> Flow[ResolvedLogins]:
        user = self._user
        if user is not None:
            if refresh:
                user.latest = None
            # The token comes with the identity ID; see `DeveloperIdentitySource`.
            return ResolvedLogins({}, refreshable_names=frozenset((DEVELOPER_PROVIDER,)))
        assert self._supplier is not None
        returned = yield from call_supplier(self._supplier, DEVELOPER_PROVIDER, refresh=refresh)
        identity_id, token = _split_identity_and_token(returned)
        checked = None
        with suppress(ConfigurationError):
            checked = check_identity_id(identity_id)
        if checked is None:
            # Raise this error outside the `except` block, so that the original error does not
            # become its context: the original message contains the rejected value, which may be the
            # token.
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

    def _create_identity_source(self, identity_pool_id: str, config: t.Any) -> IdentitySource:
        user = self._user
        if user is None:
            return FixedIdentitySource(None, identity_pool_id)
        if user.identity_pool_id != identity_pool_id:
            raise ConfigurationError(
                "identity_pool_id of DeveloperIdentity must be the ID of the provider or broker "
                f"({identity_pool_id}), not {user.identity_pool_id!r}",
                hint="Pass the same identity pool ID to both objects.",
            )
        from cognito_credentials._core.developer_identity import DeveloperIdentitySource
        from cognito_credentials._core.signing_keys import check_credentials

        credentials = user.credentials
        if credentials is None:
            credentials = config.credentials
            if credentials is None:
                from cognito_credentials._suppliers.default_credentials import DefaultCredentials

                # Store the object, so that all fetches with this config load the credentials only
                # once.
                credentials = config.credentials = DefaultCredentials(config.profile)
            check_credentials(credentials, "credentials in client_config")
        return DeveloperIdentitySource(
            user, url=config.cognito_url, region=config.region, credentials=credentials
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DeveloperIdentity):
            return NotImplemented
        return self is other or (self._user is not None and self._user == other._user)

    def __hash__(self) -> int:
        return object.__hash__(self) if self._user is None else hash(self._user)

    def __reduce__(self) -> tuple[t.Any, ...]:
        # The latest token is omitted, so that a pickle contains no secret of this library.
        user = self._user
        if user is None:
            return DeveloperIdentity, (self._supplier,)
        arguments = (user.identity_pool_id, user.provider_name, user.user)
        keywords = {
            "credentials": user.credentials,
            "principal_tags": user.principal_tags,
            "token_duration": user.token_duration,
        }
        return _restore, (arguments, keywords)

    def __repr__(self) -> str:
        user = self._user
        if user is None:
            return f"DeveloperIdentity({describe_source(self._supplier)})"
        return f"DeveloperIdentity({user.identity_pool_id!r}, {user.provider_name!r}, …)"


def get_developer_user(login: DeveloperIdentity) -> DeveloperUser | None:
    """Return the user of a back end; None if the login has a supplier instead."""
    return login._user  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _restore(arguments: t.Any, keywords: dict[str, t.Any]) -> DeveloperIdentity:
    """Create a `DeveloperIdentity` from a pickle."""
    return DeveloperIdentity(*arguments, **keywords)


def _check_provider_name(provider_name: object) -> str:
    import re

    if isinstance(provider_name, str) and re.fullmatch(PROVIDER_NAME, provider_name, re.ASCII):
        return provider_name
    raise ConfigurationError(
        "provider_name must match [A-Za-z0-9._-]+ and have at most 128 characters, not "
        f"{format_value(provider_name)}",
        hint="Pass the DeveloperProviderName that DescribeIdentityPool returns, for example "
        "login.example.com.",
    )


def _check_text(name: str, text: object, max_length: int, hint: str) -> str:
    if isinstance(text, str) and 1 <= len(text) <= max_length:
        return text
    raise ConfigurationError(
        f"{name} must be a string of 1 to {max_length} characters, not {format_value(text)}",
        hint=hint,
    )


def _check_tags(principal_tags: object) -> dict[str, str]:
    if principal_tags is None:
        return {}
    hint = 'Pass a mapping of strings, for example {"department": "engineering"}.'
    if not isinstance(principal_tags, Mapping):
        raise ConfigurationError(
            "principal_tags must be a mapping from names to values, not "
            f"{type(principal_tags).__name__}",
            hint=hint,
        )
    tags: dict[t.Any, t.Any] = dict(principal_tags)  # pyright: ignore[reportUnknownArgumentType]
    if len(tags) > MAX_TAGS:
        raise ConfigurationError(
            f"principal_tags must have at most {MAX_TAGS} entries, not {len(tags)}",
            hint="Pass only the tags that your IAM policies use.",
        )
    for name, value in tags.items():
        _check_text("a name in principal_tags", name, MAX_TAG_NAME_LENGTH, hint)
        _check_text(f"principal_tags[{name!r}]", value, MAX_TAG_VALUE_LENGTH, hint)
    return tags


def _split_identity_and_token(returned: t.Any) -> tuple[t.Any, t.Any]:
    try:
        if isinstance(returned, str):
            raise TypeError  # noqa: TRY301 - a string of two characters could be unpacked
        if hasattr(returned, "keys"):
            return returned["IdentityId"], returned["Token"]
        identity_id, token = returned
    except (KeyError, TypeError, ValueError):
        pass
    else:
        return identity_id, token
    kind = type(returned).__name__
    # The class may be a private subclass, so name its base class.
    if isinstance(returned, str | bytes):
        kind = type(returned).__mro__[1].__name__
    form = "without IdentityId and Token" if hasattr(returned, "keys") else ""
    raise LoginTokenError(
        "the supplier of DeveloperIdentity must return an identity ID and a token, "
        f"not {kind} {form}".rstrip(),
        provider_name=DEVELOPER_PROVIDER,
        hint="Return (identity_id, token), or the response from "
        "get_open_id_token_for_developer_identity.",
    )
