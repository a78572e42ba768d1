"""Providers, and the functions that create them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType

import cognito_credentials
from cognito_credentials import _typing as t
from cognito_credentials._base.provider import (
    BaseProvider,
    ProviderSpec,
    identity_spec,
    pool_spec,
)
from cognito_credentials._base.stores import pass_through
from cognito_credentials._core.exchange import IdentityChange
from cognito_credentials._core.login_resolution import Logins
from cognito_credentials._sync.driver import Driver, resolve_transport
from cognito_credentials._validation import check_argument_names
from cognito_credentials.config import ClientConfig
from cognito_credentials.credentials import Credentials

__all__ = ["CognitoCredentialProvider", "from_cognito_identity", "from_cognito_identity_pool"]


class CognitoCredentialProvider(BaseProvider):
    """Provider of temporary credentials; each call fetches new credentials.

    `from_cognito_identity` and `from_cognito_identity_pool` create providers. A provider remembers
    the identity ID, but not the credentials: use `provider.cached()` unless one fetch is enough.

    Any number of threads may use a provider; concurrent first calls share a GetId request. As a
    context manager, the provider calls `close` on exit.
    """

    __module__ = "cognito_credentials"

    is_async = False

    def __init__(self, spec: ProviderSpec) -> None:
        super().__init__(spec)
        transport, self._owned_transport = resolve_transport(spec.config)
        self._driver = Driver(
            transport=transport,
            clock=spec.config.clock,
            max_flight_seconds=spec.max_fetch_seconds,
        )

    def __call__(self) -> Credentials:
        """Get login tokens from their suppliers, and fetch credentials.

        Raises:
            LoginTokenError: If a login token supplier failed, or its token cannot be used.
            ServiceError: If the service rejected the request; the class and `reason` identify the
                cause, and `hint` contains the next step.
            TransportError: If no response arrived after all attempts.
            MalformedResponseError: If the response contained no credentials.
            ExpiredOnArrivalError: If the credentials in the response had already expired.
            ConfigurationError: If the provider is closed, or a function that was passed to it
                returned an invalid value or is asynchronous.
        """
        self._driver.check_open()
        credentials: Credentials = self._driver.call(self._spec.exchange.run())
        return credentials

    def cached(self) -> cognito_credentials.CredentialsCache:
        """Return the provider's cache, which refreshes the credentials before they expire.

        All calls return the same cache. The cache belongs to one user: call its `invalidate` when the
        user signs out.
        """
        from cognito_credentials._sync.cache import CredentialsCache

        cache: cognito_credentials.CredentialsCache = self._cache(CredentialsCache)
        return cache

    def close(self) -> None:
        """Close the provider, its cache and its connections.

        A transport that the caller passed is not closed.
        """
        self._driver.is_closed = True
        cache = self._cache()
        if cache is not None:
            cache.close()
        if self._owned_transport is not None:
            self._owned_transport.close()

    def __enter__(self) -> t.Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


@check_argument_names
def from_cognito_identity(
    identity_id: str,
    *,
    custom_role_arn: str | Callable[[t.Claims], str | None] | None = None,
    logins: Logins | None = None,
    client_config: ClientConfig | Mapping[str, t.Any] | None = None,
    basic_flow: cognito_credentials.BasicFlow | None = None,
) -> CognitoCredentialProvider:
    """Create a provider for an identity whose ID is known.

    The function works like `from_cognito_identity_pool`, but never calls GetId: if the service does
    not know the ID or rejects it, the call fails and no new identity is created. If a response
    contains another ID, because two identities were merged, later calls use that ID.

    Args:
        identity_id: An identity ID in the format REGION:UUID.
        custom_role_arn: See `from_cognito_identity_pool`.
        logins: See `from_cognito_identity_pool`. To sign a guest in, pass the guest's identity ID
            with the login token of a new user, who then retains the identity and its data.
        client_config: See `from_cognito_identity_pool`.
        basic_flow: See `from_cognito_identity_pool`.

    Raises:
        ConfigurationError: If an argument is invalid.
    """
    return CognitoCredentialProvider(
        identity_spec(
            identity_id=identity_id,
            custom_role_arn=custom_role_arn,
            logins=logins,
            client_config=client_config,
            basic_flow=basic_flow,
            adapt_store=pass_through,
        )
    )


@check_argument_names
def from_cognito_identity_pool(
    identity_pool_id: str,
    *,
    account_id: str | None = None,
    cache: t.AnyIdentityIdCache | None = None,
    user_identifier: str | Callable[[t.Claims], str] | None = None,
    custom_role_arn: str | Callable[[t.Claims], str | None] | None = None,
    logins: Logins | None = None,
    client_config: ClientConfig | Mapping[str, t.Any] | None = None,
    basic_flow: cognito_credentials.BasicFlow | None = None,
    on_identity_change: Callable[[IdentityChange], object] | None = None,
) -> CognitoCredentialProvider:
    """Create a provider for a user or a guest in an identity pool.

    No request is sent before the first call. Requests to Cognito are public and unsigned: no AWS
    credentials are required or read, unless a `DeveloperIdentity` signs in a user of a back end.

    Args:
        identity_pool_id: An identity pool ID in the format REGION:UUID. All requests are sent to
            the region in this ID.
        account_id: The pool's AWS account ID, as a string of digits. The account ID is sent with
            GetId, and copied to the credentials. Cognito no longer requires the account ID.
        cache: Cache of identity IDs that outlives this provider: a mutable mapping from str to str
            (such as a `dict`), an `IdentityIdCache`, or a store, such as `FileStore`. Several
            providers may share a cache; its keys have the format of the JavaScript SDK. Without a
            cache, a guest gets a new identity in each process.
        user_identifier: Identifies the user in the cache: a string, or a function that takes the
            claims of the first login token that is an ID token, for example `token_subject`. If
            logins are passed without a user identifier, the cache is not used.
        custom_role_arn: ARN of the role to assume, or a function that takes the token's claims and
            returns the ARN. The role must be one of the roles in the user's token. If None, the
            identity pool chooses the role. Supported only by the enhanced flow.
        logins: Login tokens by login provider name, for example `{"accounts.google.com": token}`.
            Tokens expire, usually after an hour, so a long-running program should pass a supplier
            instead of a token: a function that returns a current token; see
            `cognito_credentials.logins`. Alternatively, pass the result of `login_from_id_token`,
            or a `DeveloperIdentity`. For a guest, pass None or an empty mapping.
        client_config: A `ClientConfig`, or a dict of its fields.
        basic_flow: Role and other parameters for the basic (classic) flow, which is then used
            instead of the enhanced flow.
        on_identity_change: Function that is called with an `IdentityChange` after the service has
            merged two identities, or after the provider has replaced an ID that no longer exists.

    Raises:
        ConfigurationError: If an argument is invalid.
    """
    return CognitoCredentialProvider(
        pool_spec(
            identity_pool_id=identity_pool_id,
            account_id=account_id,
            cache=cache,
            user_identifier=user_identifier,
            custom_role_arn=custom_role_arn,
            logins=logins,
            client_config=client_config,
            basic_flow=basic_flow,
            on_identity_change=on_identity_change,
            adapt_store=pass_through,
        )
    )


from_cognito_identity.__module__ = from_cognito_identity_pool.__module__ = "cognito_credentials"
