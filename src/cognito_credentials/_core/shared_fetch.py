"""Fetches that processes or hosts share through a store.

Each process reads the store. If there is no usable record, it locks the key, reads the store again,
fetches credentials and writes a record. A process that does not get the lock polls the store, so
that it gets the new credentials as soon as they are stored. Three rules apply:

- If the store is unavailable, one warning is logged, the store is not called for a few seconds, and
  each process fetches on its own.
- If a fetch fails, a stored record that is still valid is returned.
- No process waits for another process's lock for longer than `LOCK_WAIT_TIMEOUT_SECONDS`. A process
  that hangs retains its lock, and an additional call is better than a caller without credentials.
"""

from __future__ import annotations

from cognito_credentials._core import logs, ops, records
from cognito_credentials._core.freshness import check_not_expired
from cognito_credentials._core.shared_store import StoreUnavailableError
from cognito_credentials.credentials import read_clock
from cognito_credentials.errors import CognitoCredentialsError, ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.exchange import Exchange
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.records import Record
    from cognito_credentials._core.shared_store import SharedStore
    from cognito_credentials.policy import RefreshPolicy

LEASE_SECONDS = 5.0
# The timeout is longer than a lease, so that the lease of a process that died expires first. It is
# shorter than a broker's default deadline, so that time remains for the fetch.
LOCK_WAIT_TIMEOUT_SECONDS = 8.0
MIN_POLL_INTERVAL_SECONDS, MAX_POLL_INTERVAL_SECONDS = 0.02, 0.25
MAX_LOGGED_KEY_CHARACTERS = 20  # Enough for the kind of entry and the beginning of the digest.
# Maximum wait for the lock and for a slow store, in addition to the duration of the fetch.
MAX_SHARING_SECONDS = LOCK_WAIT_TIMEOUT_SECONDS + 5.0


class FetchResult:
    """Result of a fetch: a record, its key in the store, and whether the service was called.

    `error` is set if no newer record could be fetched, so that `record` comes from the store.
    """

    __slots__ = ("error", "is_new", "key", "record")

    def __init__(
        self, key: str, record: Record, *, is_new: bool, error: Exception | None = None
    ) -> None:
        self.key: str = key
        self.record: Record = record
        self.is_new: bool = is_new
        self.error: Exception | None = error


class StoreLookup:
    """Requirements that a stored record must meet: key, login tokens, age and remaining lifetime.

    `found` is the last record that was found under this key, whether it is usable or not.
    `fallback_change` is added to the clock of its credentials, in seconds, if no newer record can
    be fetched. `logged` is the last log message about this record. `rejected` is the access key ID
    of the caller's previous credentials if a service has rejected them.
    """

    __slots__ = (
        "after",
        "fallback_change",
        "found",
        "key",
        "logged",
        "min_remaining",
        "rejected",
        "tokens",
        "tokens_expire_at",
    )

    def __init__(
        self,
        key: str,
        logins: ResolvedLogins,
        after: float,
        min_remaining: float,
        rejected: str | None = None,
    ) -> None:
        self.key = key
        self.rejected = rejected
        self.tokens = records.tokens_digest(logins)
        self.tokens_expire_at = records.tokens_expiration(logins)
        self.after = after
        self.min_remaining = min_remaining
        self.found: Record | None = None
        self.fallback_change = 0.0
        self.logged = ""

    def use_fallback_clock(self) -> None:
        """Change the clock of the record, because no newer record can be fetched."""
        if self.found is not None and self.fallback_change:
            former, change = self.found.credentials, self.fallback_change
            self.found.set_clock(lambda: read_clock(former) + change)

    @property
    def usable_seconds(self) -> float:
        """The remaining lifetime of the record; 0 if the record is not usable."""
        record = self.found
        if (
            record is None
            or not record.is_valid_for(self.tokens, self.tokens_expire_at)
            or record.fetched_at <= self.after
        ):
            return 0.0
        return record.expires_at - read_clock(record.credentials)

    def log(self, store: SharedStore, text: str) -> None:
        """Log a result, unless the previous poll had the same result."""
        if text != self.logged:
            self.logged = text
            logs.debug("%s, %s: %s", store, self.short_key, text)

    @property
    def short_key(self) -> str:
        """The key as log lines show it, with any digest shortened."""
        is_digest = self.key.count(":") == 1
        return self.key[:MAX_LOGGED_KEY_CHARACTERS] if is_digest else self.key


class SharedFetch:
    """Fetches of one exchange, shared by all processes that use the store."""

    def __init__(self, exchange: Exchange, store: SharedStore, policy: RefreshPolicy) -> None:
        self.exchange = exchange
        self.store = store
        self.policy = policy
        # The latest result, which can be written back to a store that has lost it.
        self.latest: FetchResult | None = None

    def run(
        self, *, after: float = 0.0, min_remaining: float = 0.0, rejected: str | None = None
    ) -> Flow[FetchResult]:
        """Return the result of `_run`, and retain it as `latest`."""
        result = yield from self._run(after=after, min_remaining=min_remaining, rejected=rejected)
        self.latest = result
        return result

    def restore(self, result: FetchResult | None) -> Flow[bool]:
        """Write a result and its identity ID back to a store that has lost them.

        Returns True if the identity ID was missing, which shows that the store was emptied.
        Unexpired credentials are written under a lease, so that they never replace another
        process's credentials.
        """
        if result is None:
            return False
        credentials = result.record.credentials
        try:
            has_lost = yield from self.exchange.identity_source.restore(credentials.identity_id)
            if credentials.is_expired or (yield from self._has_entry(result)):
                return has_lost
            lease = yield from self.store.lock(result.key, LEASE_SECONDS)
            if lease is not None:  # Otherwise another process is about to store newer credentials.
                yield from self._write_back(result, lease)
        except (StoreUnavailableError, ConfigurationError):
            return False
        return has_lost

    def _has_entry(self, result: FetchResult) -> Flow[bool]:
        value = yield from self.store.call(self.store.store.get, result.key)
        return value is not None

    def _write_back(self, result: FetchResult, lease: Any) -> Flow[None]:
        if not (yield from self._has_entry(result)):
            yield from self._put(result.key, result.record, lease)

    def _run(
        self, *, after: float, min_remaining: float, rejected: str | None
    ) -> Flow[FetchResult]:
        """Return credentials that any process fetched later than `after`.

        Stored credentials are returned only if they are valid for at least `min_remaining` seconds.
        New credentials may be valid for less time; the caller handles this case. If the store
        contains the credentials with the access key ID `rejected`, they are marked as rejected for
        other processes. Raises the error of the fetch.
        """
        logins = yield from self.exchange.resolve()
        key = records.credentials_key((yield from self.exchange.scope(logins)))
        lookup = StoreLookup(key, logins, after, min_remaining, rejected)
        try:
            record = yield from self._find(lookup)
            if record is not None:
                return (yield from self._adopt(key, record, logins))
            lease = yield from self._acquire_lease(lookup)
        except StoreUnavailableError:
            lease = None
        return (yield from self._fetch(lookup, logins, lease))

    def _acquire_lease(self, lookup: StoreLookup) -> Flow[Any]:
        """Return the lease on the key, or None if the fetch needs no lease or the wait timed out.

        The fetch needs no lease if another process has stored the credentials in the meantime.
        """
        with logs.Wait("another process, which is fetching the same credentials"):
            return (yield from self._poll_lease(lookup))

    def _poll_lease(self, lookup: StoreLookup) -> Flow[Any]:
        waited, interval = 0.0, MIN_POLL_INTERVAL_SECONDS
        while True:
            lease = yield from self.store.lock(lookup.key, LEASE_SECONDS)
            if lease is not None:
                logs.debug("Locked %s after %.2f s", lookup.short_key, waited)
                return lease
            if not waited:
                logs.debug("Another process has locked %s", lookup.short_key)
            if waited >= LOCK_WAIT_TIMEOUT_SECONDS:
                self.store.warn_once(
                    "Another process has held a lock in the credential store for %d s; continuing "
                    "without the lock",
                    LOCK_WAIT_TIMEOUT_SECONDS,
                )
                return None
            # Jitter prevents processes from calling the store at the same time.
            seconds = interval * (0.5 + (yield from ops.random()))
            yield from ops.sleep(seconds)
            waited += seconds
            interval = min(2 * interval, MAX_POLL_INTERVAL_SECONDS)
            # The holder of the lease stores the record before it releases the lease, so the record
            # may already be available.
            if (yield from self._find(lookup)) is not None:
                return None

    def _fetch(self, lookup: StoreLookup, logins: ResolvedLogins, lease: Any) -> Flow[FetchResult]:
        try:
            # Another process may have stored a record before this process got the lease.
            record = yield from self._find(lookup)
        except StoreUnavailableError:
            record = None
        if record is not None:
            return (yield from self._adopt(lookup.key, record, logins))
        if lease is not None:
            yield from self._mark_rejected(lookup, lease)
        try:
            record = yield from fetch_record(self.exchange, logins, lookup.found)
        except CognitoCredentialsError as error:
            if lookup.usable_seconds <= lookup.min_remaining:
                lookup.use_fallback_clock()  # The latest `Date` header may be wrong.
            if lookup.found is None or lookup.usable_seconds <= lookup.min_remaining:
                raise
            return FetchResult(lookup.key, lookup.found, is_new=False, error=error)
        if not (yield from self._put(lookup.key, record, lease)):
            newer = yield from self._find_newer(lookup)
            if newer is not None:
                return (yield from self._adopt(lookup.key, newer, logins))
        return FetchResult(lookup.key, record, is_new=True)

    def _mark_rejected(self, lookup: StoreLookup, lease: Any) -> Flow[None]:
        """Mark the stored credentials if a service has rejected them.

        Without the mark, a process that starts before the new credentials are stored, or after a
        failed fetch, would use the rejected credentials.
        """
        record = lookup.found
        if record is None or record.is_rejected:
            return
        if record.credentials.access_key_id == lookup.rejected:
            record.is_rejected = True
            yield from self._put(lookup.key, record, lease)

    def _find_newer(self, lookup: StoreLookup) -> Flow[Record | None]:
        """Return the record of the process that got the lock after this lease expired, if any."""
        try:
            return (yield from self._find(lookup))
        except StoreUnavailableError:
            return None

    def _put(self, key: str, record: Record, lease: Any) -> Flow[bool]:
        """Store a record; return False if the store retains a later record instead."""
        store, skew = self.store.store, record.skew or 0.0
        # A local store uses this machine's clock for eviction, so the expiration must refer to that
        # clock.
        expires_at = record.expires_at - (skew if self.store.is_local else 0.0)
        value = records.encode(key, record)
        try:
            is_stored = yield from self.store.call(
                store.put, key, value, expires_at=expires_at, lease=lease
            )
        except StoreUnavailableError:
            return True  # A store failure does not affect the fetched credentials.
        if is_stored is False:
            logs.debug(
                "%s, %s: another process has stored later credentials",
                self.store,
                key[:MAX_LOGGED_KEY_CHARACTERS],
            )
            return False
        logs.debug("%s, %s: stored", self.store, key[:MAX_LOGGED_KEY_CHARACTERS])
        return True

    def _find(self, lookup: StoreLookup) -> Flow[Record | None]:
        """Return the stored record if it is usable."""
        value = yield from self.store.call(self.store.store.get, lookup.key)
        if value is None:
            lookup.log(self.store, "no entry")
            return None
        try:
            record = records.decode(lookup.key, value, now=self.exchange.service_now)
        except records.UnreadableRecordError as error:
            self.store.warn_once("Ignoring an entry in the credential store: %s", error)
            lookup.log(self.store, "unreadable entry")
            return None
        lookup.found = record
        now = yield from ops.now()
        skew, fallback_skew = self.exchange.client.clock.get_record_skews(
            record.skew if self.store.is_local else None, record.fetched_at, now
        )
        # A skew is valid only for the current time of the local clock, which may be set at any time.
        record.set_clock(self.exchange.service_now.at(skew))
        lookup.fallback_change = fallback_skew - skew
        remaining = lookup.usable_seconds
        _, mandatory = self.policy.windows(record.expires_at - record.fetched_at, 0.0)
        is_usable = remaining > mandatory and remaining >= lookup.min_remaining
        if record.is_rejected:
            is_usable = False
            lookup.log(self.store, "credentials that a service has rejected")
        elif is_usable:
            lookup.log(self.store, f"credentials that expire in {remaining:.0f} s")
        elif remaining > 0:
            required = max(mandatory, lookup.min_remaining)
            lookup.log(
                self.store,
                f"credentials that expire in {remaining:.0f} s, but {required:.0f} s are required",
            )
        else:
            lookup.log(self.store, "credentials that have expired or are for another login token")
        return record if is_usable else None

    def _adopt(self, key: str, record: Record, logins: ResolvedLogins) -> Flow[FetchResult]:
        yield from self.exchange.adopt(record.credentials.identity_id, logins)
        self.store.has_served = True
        return FetchResult(key, record, is_new=False)


def fetch_unshared(exchange: Exchange, cached: FetchResult | None) -> Flow[FetchResult]:
    """Fetch without a store; `cached` is the previous result, if any."""
    logins = yield from exchange.resolve()
    key = records.credentials_key((yield from exchange.scope(logins)))
    former = cached.record if cached is not None and cached.key == key else None
    return FetchResult(key, (yield from fetch_record(exchange, logins, former)), is_new=True)


def fetch_record(exchange: Exchange, logins: ResolvedLogins, former: Record | None) -> Flow[Record]:
    """Fetch credentials, and record which login tokens the service accepted for them.

    `former` is the previous record, with the digests of the tokens that were accepted so far.
    """
    credentials, accepted_logins, skew = yield from exchange.fetch(logins)
    # The skew is outdated if the local clock has been set since the response arrived.
    fetched_at = read_clock(credentials)
    check_not_expired(credentials, fetched_at)
    # Accepted tokens are copied only for the same identity, because the key does not identify the
    # user if a login token is not a JWT.
    former_tokens: tuple[str, ...] = ()
    if former is not None and former.credentials.identity_id == credentials.identity_id:
        former_tokens = former.accepted
    return records.Record(
        credentials,
        fetched_at=fetched_at,
        skew=skew,
        # `logins` may be outdated, because a supplier may have returned newer tokens during the
        # fetch.
        accepted=records.merge_accepted(records.tokens_digest(accepted_logins), former_tokens),
    )
