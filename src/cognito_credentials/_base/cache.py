"""State of a cache, and the base class of both caches."""

from __future__ import annotations

from collections.abc import Callable

import cognito_credentials
from cognito_credentials import _typing as t
from cognito_credentials._base.provider import BaseProvider, get_driver, get_spec
from cognito_credentials._core import logs
from cognito_credentials._core.freshness import (
    CachedCredentials,
    Decision,
    Epoch,
    check_not_expired,
    decide,
    min_remaining_error,
    schedule_retry,
)
from cognito_credentials._core.refresh import Refresher
from cognito_credentials._validation import check_seconds
from cognito_credentials.credentials import Credentials, read_clock
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.policy import MAX_CREDENTIAL_SECONDS, RefreshPolicy, check_policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.freshness import Failure
    from cognito_credentials._core.shared_fetch import SharedFetch
    from cognito_credentials.ports import Clock


# Interval at which callers check whether the store has lost credentials that are cached in memory.
STORE_CHECK_INTERVAL_SECONDS = 1.0


class RefreshState:
    """Cached credentials and the last failure, each of which is replaced atomically.

    The wall clock may be set back, and the monotonic clock may stand still while the machine is
    suspended. The age of credentials is therefore measured on both clocks, and the greater age is
    used. A cached failure expires as soon as its time has passed on either clock.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        service_now: Callable[[], float],
        policy: RefreshPolicy,
        random: Callable[[], float],
        has_store: bool = False,
    ) -> None:
        self._has_store = has_store
        self._wall, self._monotonic = clock.now, clock.monotonic
        self._service_now = service_now
        self._policy = policy
        self._random = random
        self.is_closed = False
        self.epoch = Epoch()
        # Monotonic time at which credentials were last marked as rejected, or replaced because of a
        # rejection.
        self._rejected_at = float("-inf")

    def check_open(self) -> None:
        """Check that the cache is open.

        Raises:
            ConfigurationError: If the cache is closed.
        """
        if self.is_closed:
            raise ConfigurationError(
                "the cache or its provider is closed", hint="Create a new cache."
            )

    def close(self) -> None:
        """Discard the credentials; after this call, `check_open` raises an error."""
        self.is_closed = True
        self.invalidate()

    def get_fresh(self) -> Credentials | None:
        """Return the credentials if they need no refresh; almost every call returns here.

        This method acquires no lock. The credentials and their limits are read atomically, so that
        a suspended thread never compares old credentials with the limits of new credentials.
        """
        epoch = self.epoch
        fresh = epoch.fresh
        if fresh is not None:
            credentials, until_monotonic, until_wall = fresh
            if (
                self._monotonic() < until_monotonic
                and self._wall() < until_wall
                and credentials is not epoch.rejected
            ):
                return credentials
        return None

    def decide(
        self, *, in_flight: bool, min_remaining: float
    ) -> tuple[Decision, Credentials | None]:
        """Return the decision for a caller, and the credentials if they are valid.

        This method raises the remembered error instead of returning the decision `RAISE`.

        Raises:
            ConfigurationError: If `min_remaining` is invalid, or longer than the lifetime of
                credentials.
        """
        check_seconds("min_remaining", min_remaining, at_most=MAX_CREDENTIAL_SECONDS)
        epoch = self.epoch
        cached, now, failure = epoch.cached, self._now(epoch), self._remembered_failure(epoch)
        decision = decide(now, cached, failure, in_flight=in_flight, min_remaining=min_remaining)
        if decision is Decision.RAISE and failure is not None:
            raise failure.copy_error()
        if cached is None or now >= cached.expires_at:
            return decision, None
        # Only valid credentials are compared with `min_remaining`, because the next credentials may
        # be valid for longer.
        lifetime = cached.expires_at - min(cached.fetched_at, now)
        if min_remaining > lifetime:
            # New credentials would have the same lifetime.
            raise min_remaining_error(min_remaining, lifetime)
        return decision, cached.credentials

    def accept(
        self,
        credentials: Credentials,
        fetched_at: float | None = None,
        *,
        epoch: Epoch,
        is_rejected: bool = False,
    ) -> None:
        """Cache new credentials.

        Args:
            credentials: The credentials.
            fetched_at: Time at which another process fetched the credentials, in seconds since
                1970; None if this process has just fetched them.
            epoch: The epoch in which the fetch began.
            is_rejected: Whether a service has rejected the credentials, which are cached only
                because no new credentials could be fetched.

        Raises:
            ExpiredOnArrivalError: If the credentials have expired; the cache is not changed.
        """
        now, monotonic, wall = read_clock(credentials), self._monotonic(), self._wall()
        fetched_at = now if fetched_at is None else fetched_at
        check_not_expired(credentials, now)
        # `cognito-credentials process` disables jitter, so that it needs no random number.
        random = self._random() if self._policy.jitter else 0.0
        cached = CachedCredentials(credentials, now=fetched_at, policy=self._policy, random=random)
        if is_rejected:
            cached.mark_rejected()
        fresh_for = cached.advisory_at - now
        former = epoch.cached
        if former is not None and former.is_rejected:
            self._rejected_at = monotonic
        epoch.entry = cached, monotonic - (now - fetched_at), now - wall
        epoch.failure, epoch.after = None, fetched_at
        limits = epoch.limits = credentials, monotonic + fresh_for, wall + fresh_for
        epoch.fresh = _limit_to_store_check(epoch, limits, monotonic) if self._has_store else limits

    def is_store_check_due(self) -> bool:
        """Return True if the caller should check whether the store has lost the credentials.

        Returns True once in each interval; until the next interval begins, `get_fresh` returns the
        credentials without a check.
        """
        epoch, monotonic = self.epoch, self._monotonic()
        limits = epoch.limits
        if not self._has_store or limits is None or monotonic < epoch.next_store_check_at:
            return False
        epoch.fresh = _limit_to_store_check(epoch, limits, monotonic)
        if epoch.limits is not limits:
            epoch.fresh = None  # Another thread has replaced the credentials in the meantime.
        return True

    def reject(self, error: Exception, *, epoch: Epoch) -> None:
        """Remember a failed refresh; log a warning if valid credentials are cached."""
        cached, now = epoch.cached, self._now(epoch)
        failure = schedule_retry(error, now, cached, self._random())
        epoch.failure = failure, self._monotonic() + failure.retry_at - now
        if epoch is self.epoch and cached is not None and now < cached.expires_at:
            logs.warning(
                "The credential refresh for %s failed (%s). Continuing with cached credentials, "
                "which expire in %d s; next attempt in %d s.",
                cached.credentials.identity_id,
                getattr(error, "reason", type(error).__name__),
                cached.expires_at - now,
                failure.retry_at - now,
            )

    def peek(self) -> Credentials | None:
        epoch = self.epoch
        cached = epoch.cached
        if cached is None or self._now(epoch) >= cached.expires_at:
            return None
        return cached.credentials

    def invalidate(self) -> None:
        epoch = self.epoch
        # A record in the store may have been fetched at a later time than this machine's clock
        # shows, so use the later of the two times.
        self.epoch = Epoch(max(epoch.after, self._now(epoch)))

    def mark_rejected(self, access_key_id: str) -> bool:
        """Mark the credentials with this ID as rejected; see `BaseCache.mark_rejected`."""
        from cognito_credentials._core import rejections

        if self.is_closed:
            return False
        epoch, monotonic = self.epoch, self._monotonic()
        cached = epoch.cached
        decision = rejections.decide(
            cached,
            access_key_id,
            has_failed=self._remembered_failure(epoch) is not None,
            seconds_since_last=monotonic - self._rejected_at,
        )
        if decision is rejections.Decision.MARK and cached is not None:
            rejections.log(cached, self._now(epoch))
            # Discard the failure, which delayed the next attempt only because the cached
            # credentials still worked.
            epoch.failure = None
            # In this order, another thread that reports the same rejection either marks the
            # credentials as well, or waits for new credentials in its next call.
            epoch.rejected = cached.credentials
            cached.mark_rejected()
            self._rejected_at = monotonic
        return decision is not rejections.Decision.IGNORE

    @property
    def rejected_access_key_id(self) -> str | None:
        """The access key ID of the cached credentials if a service has rejected them."""
        cached = self.epoch.cached
        return cached.credentials.access_key_id if cached and cached.is_rejected else None

    def _remembered_failure(self, epoch: Epoch) -> Failure | None:
        remembered = epoch.failure
        return remembered[0] if remembered and self._monotonic() < remembered[1] else None

    def _now(self, epoch: Epoch) -> float:
        """Return the service's time, according to the wall or monotonic clock, whichever is ahead.

        The method uses the clock skew that was measured when the credentials arrived, so that later
        `Date` headers do not change the expiration of the credentials.
        """
        entry = epoch.entry
        if entry is None:
            return self._service_now()
        cached, fetched_monotonic, skew = entry
        return max(self._wall() + skew, cached.fetched_at + self._monotonic() - fetched_monotonic)


def _limit_to_store_check(
    epoch: Epoch, limits: tuple[Credentials, float, float], monotonic: float
) -> tuple[Credentials, float, float]:
    credentials, until_monotonic, until_wall = limits
    epoch.next_store_check_at = monotonic + STORE_CHECK_INTERVAL_SECONDS
    return credentials, min(until_monotonic, epoch.next_store_check_at), until_wall


class BaseCache:
    """Base class of `CredentialsCache` and `AsyncCredentialsCache`."""

    def __init__(
        self,
        provider: t.Any,
        policy: RefreshPolicy | None,
        store: t.Any,
        random: Callable[[], float],
    ) -> None:
        self.provider = provider
        spec, driver = get_spec(provider), get_driver(provider)
        self._state = RefreshState(
            clock=spec.config.clock,
            service_now=spec.exchange.service_now,
            policy=check_policy(policy, spec.credential_lifetime),
            random=random,
            has_store=store is not None,
        )
        max_flight_seconds = spec.max_fetch_seconds
        shared_fetch: SharedFetch | None = None
        if store is not None:
            from cognito_credentials._core.shared_fetch import MAX_SHARING_SECONDS

            shared_fetch = spec.shared_fetch(store, policy)
            max_flight_seconds += MAX_SHARING_SECONDS
        self._get_fresh, self._driver = self._state.get_fresh, driver
        self._refresher = Refresher(
            self._state,
            spec.exchange,
            shared_fetch,
            check_open=driver.check_open,
            max_flight_seconds=max_flight_seconds,
            is_store_check_due=self._state.is_store_check_due,
        )

    def peek(self) -> Credentials | None:
        """Return the cached credentials if they have not expired; never fetch or wait."""
        return self._state.peek()

    def invalidate(self) -> None:
        """Discard the cached credentials and any fetch in progress; the next `get` fetches again.

        If a service has rejected the credentials, call `mark_rejected` instead.
        """
        self._state.invalidate()

    def mark_rejected(self, access_key_id: str, error_code: str | None = None) -> bool:
        """Report that a service has rejected credentials before their expiration; never wait.

        The next `get` waits for new credentials. If the fetch fails, `get` returns the rejected
        credentials until they expire, and the next attempt follows 5 to 9 seconds later. With a
        store, the credentials are also marked in the store, so that a process that starts later
        does not use them. Newer credentials are not affected, and credentials are marked at most
        once every 5 seconds. The integrations call this method.

        Args:
            access_key_id: Access key ID of the credentials that signed the rejected request.
            error_code: Error code in the response. The call has no effect unless the code is
                `ExpiredToken`, `ExpiredTokenException` or `InvalidToken`; other codes, such as
                `AccessDenied`, do not mean that the session token was rejected. Pass None if the
                caller has already determined that the service rejected the token.

        Returns:
            True if the request should be sent again, because the next `get` returns other
            credentials or tries to fetch them.

        Raises:
            ConfigurationError: If an argument is invalid.
        """
        from cognito_credentials._core.rejections import is_rejection

        return is_rejection(access_key_id, error_code) and self._state.mark_rejected(access_key_id)

    def serve(self, *, port: int = 0) -> cognito_credentials.CredentialsEndpoint:
        """Serve the credentials to other programs; see the provider's `serve`.

        Raises:
            ConfigurationError: If the port is not available, or the cache is closed.
            RuntimeError: If the cache is async, and no event loop is running.
        """
        from cognito_credentials._endpoint.local_endpoint import CredentialsEndpoint

        self._driver.check_open()
        self._state.check_open()
        return CredentialsEndpoint(self, port)

    def __reduce__(self) -> t.NoReturn:
        raise TypeError(
            "a cache contains locks and cannot be pickled: send a ProviderConfig to other processes, or "
            "create a cache in each process"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.provider!r}>"


def check_provider(provider: t.Any, *, is_async: bool) -> None:
    """Check that an argument is a provider of the right kind, sync or async.

    Raises:
        ConfigurationError: If the argument is not a provider of this kind.
    """
    if isinstance(provider, BaseProvider) and provider.is_async == is_async:
        return
    expected = "an AsyncCognitoCredentialProvider" if is_async else "a CognitoCredentialProvider"
    module = "cognito_credentials.aio" if is_async else "cognito_credentials"
    hint = f"Create one with from_cognito_identity_pool or from_cognito_identity of {module}"
    if isinstance(provider, BaseProvider):
        hint += f", or use {'' if is_async else 'Async'}CredentialsCache"
    elif hasattr(provider, "async_cached"):  # a ProviderConfig, which this layer cannot import
        hint = f"Call its method {'async_cached' if is_async else 'cached'}, which returns a cache"
    is_class = isinstance(provider, type)
    shown = f"the class {provider.__name__}" if is_class else type(provider).__name__
    raise ConfigurationError(f"provider must be {expected}, not {shown}", hint=f"{hint}.")
