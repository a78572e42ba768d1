"""Logins in, credentials out: the whole of one fetch, and its two ways of recovery.

An expired login
    is asked for once more where it has a supplier, and the call is made once more. One that has
    expired by the service's clock and by this machine's is not sent before.
A dead identity id
    is dropped, GetId is called once and the call is made once more; but only where the answer
    proves the id dead: the service does not know the identity, or an id that we had kept is
    malformed or forbidden although nothing is wrong with the logins. A time-out, a throttle or a
    failing service proves nothing, and an id that the caller gave is never replaced.

Neither happens twice in one fetch.
"""

from __future__ import annotations

from cognito_credentials._core import logs, ops
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.jwt_claims import is_expired
from cognito_credentials._core.login_checks import check_logins
from cognito_credentials._core.login_resolution import resolve_logins
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredOnArrivalError,
    IdentityForbidden,
    IdentityNotFound,
    LoginTokenError,
    LoginTokenExpired,
    ServiceError,
    ValidationException,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from cognito_credentials._core.identity_sources import Identity, IdentitySource
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.responses import Grant
    from cognito_credentials._core.service_client import ServiceClient
    from cognito_credentials._core.service_clock import ServiceTime

    class CredentialSource(Protocol):
        """What the enhanced and the basic flow have in common; the lifetime is in seconds."""

        @property
        def credential_lifetime(self) -> float: ...

        def scope(self, logins: ResolvedLogins, /) -> Flow[dict[str, Any]]: ...

        def fetch(
            self,
            client: ServiceClient,
            identity_id: str,
            logins: ResolvedLogins,
            facts: CallContext,
        ) -> Flow[Grant]: ...


class IdentityChange:
    """Tell that a provider's identity id has become another: by a merge, or because it was dead."""

    __module__ = "cognito_credentials"

    __slots__ = ("new", "old")

    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new

    def __repr__(self) -> str:
        return f"IdentityChange(old={self.old!r}, new={self.new!r})"


class Exchange:
    """What one provider exchanges; `run` is a flow, and any number may run at the same time.

    `warns` of tokens that end before the credentials; not where callers bring new ones, as a
    broker's do.
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
        self._warned: set[str] = set()
        self.identity_id: str | None = None
        self._told: tuple[str, str] | None = None

    def run(self) -> Flow[Credentials]:
        """Fetch credentials; raises errors of this package, and what the user's callables raise."""
        return (yield from self.fetch((yield from self.resolve())))[0]

    def resolve(self) -> Flow[ResolvedLogins]:
        """Ask each login for its token."""
        return (yield from resolve_logins(self.logins))

    def scope(self, logins: ResolvedLogins) -> Flow[dict[str, Any]]:
        """Return all that decides whose credentials these are and what they may do, as JSON."""
        whose = yield from self.identity_source.scope(logins)
        what = yield from self.credential_source.scope(logins)
        return {**whose, **what, "account_id": self.account_id}

    def adopt(self, identity_id: str, logins: ResolvedLogins) -> Flow[None]:
        """Take the identity id of credentials that another process has fetched for this user."""
        yield from self.identity_source.remember(identity_id, logins)
        self.identity_id = identity_id

    def fetch(
        self, logins: ResolvedLogins
    ) -> Flow[tuple[Credentials, ResolvedLogins, float | None]]:
        """Fetch credentials; returns the logins that the service accepted, and the skew, as well."""
        logins, asked_again = yield from self._checked(logins)
        first: Identity | None = None
        replaced = False
        while True:
            identity: Identity | None = None
            try:
                identity = yield from self.identity_source.identify(self.client, logins)
                first = first or identity
                grant = yield from self._fetch(identity, logins)
            except LoginTokenExpired:
                if asked_again or not logins.can_refresh:
                    raise
                asked_again = True
                logins = yield from self._newer_logins(self.client.clock.skew_to_reject_by())
            except ServiceError as error:
                if identity is None or replaced:
                    raise
                if not (yield from self._proves_dead(error, identity, logins)):
                    raise
                replaced = True
                yield from self.identity_source.drop(identity)
            else:
                credentials, skew = yield from self._accept(grant, identity, first)
                return credentials, logins, skew

    def _checked(self, logins: ResolvedLogins) -> Flow[tuple[ResolvedLogins, bool]]:
        """Return the logins, and whether a supplier had to be asked again already."""
        skew = self.client.clock.skew_to_reject_by()
        try:
            yield from self._check(logins, skew)
        except LoginTokenError as error:
            expired = error.reason == LoginTokenExpired.reason
            if not expired or error.provider_name not in logins.refreshable_names:
                raise
            return (yield from self._newer_logins(skew)), True
        return logins, False

    def _newer_logins(self, skew: float | None) -> Flow[ResolvedLogins]:
        logins = yield from resolve_logins(self.logins, refresh=True)
        yield from self._check(logins, skew)
        return logins

    def _check(self, logins: ResolvedLogins, skew: float | None) -> Flow[None]:
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
            if self.log_warnings and warning not in self._warned:
                self._warned.add(warning)
                logs.warning("%s", warning)

    def _accept(
        self, grant: Grant, identity: Identity, first: Identity
    ) -> Flow[tuple[Credentials, float | None]]:
        credentials, skew = yield from self._credentials(grant)
        yield from self.identity_source.adopt(identity, grant.identity_id)
        self.identity_id = grant.identity_id
        yield from self._tell(IdentityChange(first.id, grant.identity_id))
        return credentials, skew

    def _fetch(self, identity: Identity, logins: ResolvedLogins) -> Flow[Grant]:
        facts = CallContext(
            identity_pool_id=self.identity_source.identity_pool_id,
            identity_id=identity.id,
            logins=logins,
        )
        return (yield from self.credential_source.fetch(self.client, identity.id, logins, facts))

    def _proves_dead(
        self, error: ServiceError, identity: Identity, logins: ResolvedLogins
    ) -> Flow[bool]:
        if identity.user is None:
            return False
        if isinstance(error, IdentityNotFound):
            return True
        if not identity.is_known:
            return False
        if isinstance(error, ValidationException):
            return "identityId" in error.message
        if isinstance(error, IdentityForbidden):
            # With a login that has lapsed this says nothing about the id.
            now = yield from self.client.service_now()
            return not any(is_expired(token, now) for token in logins.tokens.values())
        return False

    def _tell(self, change: IdentityChange) -> Flow[None]:
        if change.old == change.new or self.on_identity_change is None:
            return
        pair = (change.old, change.new)
        if pair == self._told:
            return  # callers that ran side by side saw the same change
        self._told = pair
        try:
            yield from ops.call(self.on_identity_change, change)
        except ConfigurationError:
            raise  # an async callback in a sync provider is a mistake
        except Exception as error:  # noqa: BLE001 - the credentials are good whatever it raises
            logs.warning("on_identity_change raised %s", type(error).__name__)

    def _credentials(self, grant: Grant) -> Flow[tuple[Credentials, float | None]]:
        now = yield from ops.now()
        expires_at, clock = grant.expiration.timestamp(), self.client.clock
        expired_for = now + (clock.skew or 0.0) - expires_at
        skew = clock.skew_on_arrival(expires_at, now, self.credential_source.credential_lifetime)
        if skew is None:
            from cognito_credentials._core.error_catalog.next_steps import CHECK_PROXY_CACHE

            raise ExpiredOnArrivalError(
                f"The credentials that came had expired {expired_for:.0f} s "
                "before, by the service's own clock",
                hint=CHECK_PROXY_CACHE,
            )
        credentials = Credentials(
            access_key_id=grant.access_key_id,
            secret_access_key=grant.secret_access_key,
            session_token=grant.session_token,
            expiration=grant.expiration,
            identity_id=grant.identity_id,
            account_id=self.account_id,
            _now=self.service_now.at(skew),
        )
        return credentials, None if clock.skew is None else skew
