"""One fetch: exchange of logins for credentials, with recovery from two kinds of errors.

A fetch resolves the logins, finds the identity ID, and calls the service for credentials. It
recovers from two errors:

Expired login token
    The suppliers are called once more, and the call is repeated with the new tokens. A token that
    has expired according to both this machine's clock and the service's clock is never sent.

Invalid identity ID
    The ID is evicted from memory and from all caches, and the call is repeated with a new ID from
    GetId, or with an ID that another process has stored in the meantime. A guest whose identity ID
    is lost also loses all data stored under the ID. An ID is therefore evicted only if the response
    proves that it is invalid:

    - ResourceNotFoundException "Identity ... not found" with this ID.
    - ValidationException for `identityId`, if the ID came from a cache.
    - NotAuthorizedException "Access to Identity ... is forbidden", if the ID came from a cache and no
      login token has expired. With an expired token, the response does not prove that the ID is
      invalid.

    For a developer user, the ID comes with a token, and the cached token is discarded instead, after
    any of `DEVELOPER_TOKEN_ERRORS`: the user's identity may have been merged into another identity
    after the service issued the token.

    An ID is not evicted after a timeout, nor after a response that reports throttling or a service
    failure, whatever its error code is. An identity ID that the caller passed is never replaced.

Each recovery happens at most once in a fetch. All other errors reach the caller. The call is also
repeated once if the machine may have been suspended, or its clock may have been set forward, until
after the expiration of the credentials in the response.
"""

from __future__ import annotations

from datetime import timedelta

from cognito_credentials._core import logs, ops
from cognito_credentials._core.login_resolution import resolve_logins
from cognito_credentials._core.service_clock import (
    MAX_LIFETIME_EXCESS_SECONDS,
    MAX_LIFETIME_SECONDS,
)
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredOnArrivalError,
    IdentityForbidden,
    IdentityNotFound,
    LoginsMismatch,
    LoginTokenError,
    LoginTokenExpired,
    LoginTokenRejected,
    MalformedResponseError,
    ServiceError,
    ValidationException,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials._core.identity_id_keys import ResolvedIdentity
    from cognito_credentials._core.identity_sources import IdentitySource
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.responses import IssuedCredentials
    from cognito_credentials._core.service_client import ServiceClient
    from cognito_credentials._core.service_clock import ServiceTime

    class CredentialSource(Protocol):
        """Interface of the enhanced and the basic flow."""

        @property
        def credential_lifetime(self) -> float:
            """Lifetime of the credentials that the flow requests, in seconds."""
            ...

        def scope(self, logins: ResolvedLogins, /) -> Flow[dict[str, Any]]: ...

        def fetch(
            self,
            client: ServiceClient,
            identity_id: str,
            logins: ResolvedLogins,
            context: CallContext,
        ) -> Flow[IssuedCredentials]: ...


# A cached developer token may cause these errors if its identity has been merged or deleted.
DEVELOPER_TOKEN_ERRORS = (IdentityForbidden, IdentityNotFound, LoginsMismatch, LoginTokenRejected)


class IdentityChange:
    """Change of a provider's identity ID; the provider passes this object to `on_identity_change`.

    The service changes the ID if it merges identities, and the library replaces an ID that no
    longer exists.
    """

    __module__ = "cognito_credentials"

    __slots__ = ("new", "old")

    def __init__(self, old: str, new: str) -> None:
        self.old: str = old
        self.new: str = new

    def __repr__(self) -> str:
        return f"IdentityChange(old={self.old!r}, new={self.new!r})"


class Exchange:
    """Flows that fetch credentials for one provider. Any number of flows may run at the same time.

    Args:
        client: Client that calls the service.
        identity_source: Source of the identity ID.
        credential_source: The enhanced or the basic flow.
        logins: Logins as `normalize_logins` returns them.
        account_id: AWS account of the identity pool.
        on_identity_change: Called when the identity ID changes.
        service_now: The service's clock.
        log_warnings: Whether to warn about login tokens that expire before the credentials. A
            broker does not warn, because its callers pass new tokens.
    """

    def __init__(
        self,
        *,
        client: ServiceClient,
        identity_source: IdentitySource,
        credential_source: CredentialSource,
        logins: Any,
        account_id: str | None,
        on_identity_change: Callable[[IdentityChange], Any] | None,
        service_now: ServiceTime,
        log_warnings: bool = True,
    ) -> None:
        self.client = client
        self.identity_source = identity_source
        self.credential_source = credential_source
        self.logins = logins
        self.account_id = account_id
        self.on_identity_change = on_identity_change
        self.service_now = service_now
        self.log_warnings = log_warnings
        self.identity_id: str | None = None
        self._logged_warnings: set[str] = set()
        self._last_change: tuple[str, str] | None = None

    def run(self) -> Flow[Credentials]:
        """Resolve the logins and fetch credentials.

        Raises:
            CognitoCredentialsError: If the fetch fails; the subclass identifies the cause.
            Exception: If a callable that the user passed raises an exception.
        """
        return (yield from self.fetch((yield from self.resolve())))[0]

    def resolve(self) -> Flow[ResolvedLogins]:
        """Call every supplier, and return the login tokens."""
        return (yield from resolve_logins(self.logins))

    def scope(self, logins: ResolvedLogins) -> Flow[dict[str, Any]]:
        """Return the values that determine the user and the permissions, serializable as JSON."""
        identity_scope = yield from self.identity_source.scope(logins)
        permission_scope = yield from self.credential_source.scope(logins)
        scope = {**identity_scope, **permission_scope}
        return scope if self.account_id is None else {**scope, "account_id": self.account_id}

    def adopt(self, identity_id: str, logins: ResolvedLogins) -> Flow[None]:
        """Adopt the identity ID of credentials that another process has fetched for this user."""
        yield from self.identity_source.remember(identity_id, logins)
        self.identity_id = identity_id

    def fetch(
        self, logins: ResolvedLogins
    ) -> Flow[tuple[Credentials, ResolvedLogins, float | None]]:
        """Fetch credentials.

        Returns:
            The credentials, the logins that the service accepted, and the clock skew in seconds
            (None if it is unknown).
        """
        logins, is_refreshed = yield from self._check_or_refresh_logins(logins)
        first: ResolvedIdentity | None = None
        is_replaced = is_repeated = False
        while True:
            identity: ResolvedIdentity | None = None
            try:
                identity = yield from self.identity_source.identify(self.client, logins)
                first = first or identity
                issued = yield from self._fetch_for(identity, logins)
                if not is_repeated and (yield from self._has_uncertain_expiration(issued)):
                    is_repeated = True
                    issued = yield from self._fetch_for(identity, logins)
            except LoginTokenExpired:
                if is_refreshed or not logins.can_refresh:
                    raise
                is_refreshed = True
                logins = yield from self._refresh_logins((yield from self._get_rejection_skew()))
            except ServiceError as error:
                if identity is None or is_replaced:
                    raise
                if not (yield from self._is_proven_invalid(identity, logins, error)):
                    raise
                is_replaced = True
                yield from self.identity_source.evict(identity)
            else:
                credentials, skew = yield from self._accept(issued, identity, first)
                return credentials, logins, skew

    def _check_or_refresh_logins(self, logins: ResolvedLogins) -> Flow[tuple[ResolvedLogins, bool]]:
        """Return the logins to send, and whether the suppliers have been called again."""
        skew = yield from self._get_rejection_skew()
        try:
            yield from self._check_logins(logins, skew)
        except LoginTokenError as error:
            is_expired_token = error.reason == LoginTokenExpired.reason
            if not is_expired_token or error.provider_name not in logins.refreshable_names:
                raise
            return (yield from self._refresh_logins(skew)), True
        return logins, False

    def _get_rejection_skew(self) -> Flow[float | None]:
        return self.client.clock.get_rejection_skew((yield from ops.now()))

    def _refresh_logins(self, skew: float | None) -> Flow[ResolvedLogins]:
        logins = yield from resolve_logins(self.logins, refresh=True)
        yield from self._check_logins(logins, skew)
        return logins

    def _check_logins(self, logins: ResolvedLogins, skew: float | None) -> Flow[None]:
        if not logins.tokens:
            return
        from cognito_credentials._core.login_checks import check_logins

        now = yield from ops.now()
        try:
            warnings = check_logins(
                logins,
                service_now=None if skew is None else now + skew,
                local_now=now,
                credential_lifetime=self.credential_source.credential_lifetime,
            )
        except LoginTokenError as error:
            if error.reason == LoginTokenExpired.reason:
                self.client.clock.note_rejection()
            raise
        for warning in warnings:
            if self.log_warnings and warning not in self._logged_warnings:
                self._logged_warnings.add(warning)
                logs.warning("%s", warning)

    def _fetch_for(
        self, identity: ResolvedIdentity, logins: ResolvedLogins
    ) -> Flow[IssuedCredentials]:
        from cognito_credentials._core.call_context import CallContext

        logins = identity.logins or logins
        context = CallContext(
            identity_pool_id=self.identity_source.identity_pool_id,
            identity_id=identity.id,
            logins=logins,
        )
        return (yield from self.credential_source.fetch(self.client, identity.id, logins, context))

    def _has_uncertain_expiration(self, issued: IssuedCredentials) -> Flow[bool]:
        now = yield from ops.now()
        return self.client.clock.has_uncertain_expiration(issued.expiration.timestamp(), now)

    def _is_proven_invalid(
        self, identity: ResolvedIdentity, logins: ResolvedLogins, error: ServiceError
    ) -> Flow[bool]:
        """Return True if the error proves that the ID is invalid; see the module docstring."""
        from cognito_credentials._core.error_catalog import is_transient

        if is_transient(error.code, error.http_status):
            return False
        if identity.logins is not None:
            return identity.is_cached and isinstance(error, DEVELOPER_TOKEN_ERRORS)
        if identity.user is None:
            return False
        if isinstance(error, IdentityNotFound):
            return f"'{identity.id}' not found" in error.message
        if not identity.is_cached:
            return False
        if isinstance(error, ValidationException):
            return "identityId" in error.message
        if isinstance(error, IdentityForbidden):
            from cognito_credentials._core.jwt_claims import is_expired

            now = yield from self.client.service_now()
            return not any(is_expired(token, now) for token in logins.tokens.values())
        return False

    def _accept(
        self, issued: IssuedCredentials, identity: ResolvedIdentity, first: ResolvedIdentity
    ) -> Flow[tuple[Credentials, float | None]]:
        credentials, skew = yield from self._make_credentials(issued)
        yield from self.identity_source.adopt(identity, issued.identity_id)
        self.identity_id = issued.identity_id
        yield from self._report_change(
            IdentityChange(first.former_id or first.id, issued.identity_id)
        )
        return credentials, skew

    def _make_credentials(
        self, issued: IssuedCredentials
    ) -> Flow[tuple[Credentials, float | None]]:
        now = yield from ops.now()
        expires_at, clock = issued.expiration.timestamp(), self.client.clock
        expired_for = now + (clock.get_skew(now) or 0.0) - expires_at
        lifetime = self.credential_source.credential_lifetime
        skew = clock.choose_arrival_skew(expires_at, now, lifetime)
        if skew is None:
            from cognito_credentials._core.error_catalog.next_steps import CHECK_PROXY_CACHE

            raise ExpiredOnArrivalError(
                f"the response contains credentials that expired {expired_for:.0f} s ago according "
                "to the service's clock",
                hint=CHECK_PROXY_CACHE,
            )
        # Valid credentials must pass this check even if either the `Date` header or the local clock
        # is wrong.
        remaining = expires_at - now - max(skew, 0.0)
        if remaining > MAX_LIFETIME_SECONDS:
            from cognito_credentials._core.error_catalog.next_steps import CHECK_CLOCK_AND_PROXY

            raise MalformedResponseError(
                f"the response contains credentials that expire in {remaining / 3600:.0f} h, but "
                "no AWS service issues credentials that are valid for more than 12 h",
                hint=CHECK_CLOCK_AND_PROXY,
            )
        # No service issues credentials that are valid for longer than requested, so a later
        # expiration is wrong. Such an expiration is reduced to the requested lifetime.
        excess = expires_at - (now + skew + lifetime + MAX_LIFETIME_EXCESS_SECONDS)
        credentials = Credentials(
            access_key_id=str(issued.access_key_id),
            secret_access_key=str(issued.secret_access_key),
            session_token=str(issued.session_token),
            expiration=issued.expiration - timedelta(seconds=max(0.0, excess)),
            identity_id=issued.identity_id,
            account_id=self.account_id,
            _now=self.service_now.at(skew),
        )
        return credentials, None if clock.skew is None else skew

    def _report_change(self, change: IdentityChange) -> Flow[None]:
        if change.old == change.new or self.on_identity_change is None:
            return
        pair = (change.old, change.new)
        if pair == self._last_change:
            return  # Concurrent fetches may observe the same change, which is reported only once.
        self._last_change = pair
        try:
            yield from ops.call(self.on_identity_change, change)
        except ConfigurationError:
            raise  # An async callback in a sync provider is a programming error.
        except Exception as error:  # noqa: BLE001 - the credentials are valid regardless
            logs.warning(
                "on_identity_change raised %s. The credentials are returned regardless.",
                type(error).__name__,
            )
