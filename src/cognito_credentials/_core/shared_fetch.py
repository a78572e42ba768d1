"""One fetch for all who share a store: processes of a machine, or hosts.

Look into the store; where what is there will not do, take the lock of this key, look again, fetch,
put. Who does not get the lock looks again from time to time, so that it has the new credentials
as soon as they are there. Three rules stand above the sharing:

- A store that is down costs the sharing and nothing else. It is left alone for a while, with one
  warning, and each fetches for itself.
- A fetch that fails takes nothing away: what is in the store and still good is handed out.
- Nobody waits for another's fetch for longer than `PATIENCE`: a holder that is stuck, as opposed to
  dead, keeps its lock, and credentials matter more than one call too many.
"""

from __future__ import annotations

from contextlib import suppress

from cognito_credentials._core import logs, ops, records
from cognito_credentials._core.freshness import check_not_expired
from cognito_credentials.errors import CognitoCredentialsError, ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.exchange import Exchange
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.records import Record
    from cognito_credentials.policy import RefreshPolicy

LEASE = 5.0
# Longer than a lease, so that a dead holder's is over first; and so much shorter than a broker's
# deadline that there is time for the fetch.
PATIENCE = 8.0
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25
LEFT_ALONE = 10.0
SHOWN = 20  # characters of a key, which is a digest
LONGEST_SHARING = PATIENCE + 5.0  # beside the fetch itself: the wait, and a store that is slow


class StoreDownError(Exception):
    """The store failed, and the log says how."""


class FetchResult:
    """What a fetch brought: a record and its key, and whether the service was asked for it.

    `error` is there where a newer record was wanted, and could not be had.
    """

    __slots__ = ("error", "is_new", "key", "record")

    def __init__(
        self, key: str, record: Record, *, is_new: bool, error: Exception | None = None
    ) -> None:
        self.key = key
        self.record = record
        self.is_new = is_new
        self.error = error


class StoreLookup:
    """What one fetch asks of a record: its key, whose tokens, when it was made, how long it lives.

    `found` is the last record seen under this key, whether it would do or not, which is judged by
    `skew`, or by `second_skew` if nothing newer can be had; `told` is what the log says of it.
    """

    __slots__ = (
        "after",
        "found",
        "key",
        "min_remaining",
        "second_skew",
        "skew",
        "tokens",
        "tokens_expire_at",
        "told",
    )

    def __init__(
        self, key: str, logins: ResolvedLogins, after: float, min_remaining: float
    ) -> None:
        self.key = key
        self.tokens = records.digest_of_tokens(logins)
        self.tokens_expire_at = records.expiry_of_tokens(logins)
        self.after = after
        self.min_remaining = min_remaining
        self.found: Record | None = None
        self.skew = self.second_skew = 0.0
        self.told = ""

    def tell(self, store: SharedStore, found: str) -> None:
        """Log what was found; once, since one who waits for a lock looks again and again."""
        if found != self.told:
            self.told = found
            logs.debug("%s, %s: %s", store, self.key[:SHOWN], found)


class SharedStore:
    """A store, and what is known of its health; one for all that goes through it."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.is_local: bool = getattr(store, "is_local", False)
        self._failed_at = self._unreadable_at = float("-inf")
        # The names of its methods: one may work, and another not, where it cannot be written.
        self._worked: set[str] = set()
        self._failing: set[str] = set()
        self._warned: set[str] = set()

    def call(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Flow[Any]:
        """Return what one of the store's methods answers.

        Raises:
            StoreDownError: It failed, now or a moment ago.
        """
        name: str = getattr(function, "__name__", "")
        # A folder that cannot be written may have the one identity id that a guest can use.
        failed_at = self._unreadable_at if name == "get" else self._failed_at
        # In between, not only before its end: a clock that is set back must not prolong it.
        if 0 <= (yield from ops.now()) - failed_at < LEFT_ALONE:
            raise StoreDownError
        try:
            answer = yield from ops.call(function, *arguments, **keywords)
        except Exception as error:
            # What has worked is no mistake of the program's: a password that was changed since, say.
            if isinstance(error, ConfigurationError) and name not in self._worked:
                raise
            self._failed_at = yield from ops.now()
            if name == "get" or not self.is_local:  # from elsewhere, nothing comes for a while
                self._unreadable_at = self._failed_at
            if name not in self._failing:
                self._failing.add(name)
                logs.warning(
                    "The store failed with %s%s: going on without it. Each process asks the service "
                    "for itself, and a guest whose identity is not stored gets a new one each time.%s",
                    type(error).__name__,
                    _why(error),
                    _advice(error),
                )
            raise StoreDownError from error
        self._worked.add(name)
        self._failing.discard(name)
        return answer

    def forget(self, key: str) -> Flow[None]:
        """Delete an entry, if the store is there to do so."""
        with suppress(StoreDownError):
            yield from self.call(self.store.delete, key)

    def warn(self, text: str, *arguments: object) -> None:
        """Say it once."""
        if text not in self._warned:
            self._warned.add(text)
            logs.warning(text, *arguments)

    def __repr__(self) -> str:
        """Return what the log calls it: ours say where they are, of others only the class is safe."""
        store = getattr(self.store, "store", self.store)  # of one that runs in threads
        is_ours = type(store).__module__.startswith("cognito_credentials.")
        return repr(store) if is_ours else type(store).__qualname__


def _why(error: Exception) -> str:
    """Return what may be said of an error: ours say what to do, the system's where it was."""
    if isinstance(error, CognitoCredentialsError):
        return f" ({error})"
    parts = (getattr(error, "strerror", None), getattr(error, "filename", None))
    said = ": ".join(str(part) for part in parts if part)
    return f" ({said})" if said and isinstance(error, OSError) else ""


def _advice(error: Exception) -> str:
    """Return what a store has noted at an error of the system."""
    notes = getattr(error, "__notes__", ()) if isinstance(error, OSError) else ()
    return "".join(f" {note}" for note in notes)


class SharedFetch:
    """The fetches of one exchange, shared with everybody who has the store."""

    def __init__(self, exchange: Exchange, store: SharedStore, policy: RefreshPolicy) -> None:
        self.exchange = exchange
        self.store = store
        self.policy = policy

    def run(self, *, after: float = 0.0, min_remaining: float = 0.0) -> Flow[FetchResult]:
        """Return credentials that were fetched later than `after`, by whomever.

        They live for `min_remaining` seconds more, unless they are new: what can be done about
        those that do not live so long, the caller knows. Raises what a fetch raises.
        """
        logins = yield from self.exchange.resolve()
        key = records.credentials_key((yield from self.exchange.scope(logins)))
        wanted = StoreLookup(key, logins, after, min_remaining)
        try:
            record = yield from self._look(wanted)
            if record is not None:
                return (yield from self._adopt(key, record, logins))
            lease = yield from self._lease(wanted)
        except StoreDownError:
            lease = None
        if lease is None:
            return (yield from self._fetch(wanted, logins, None))
        return (yield from ops.hold(lease, lambda: self._fetch(wanted, logins, lease)))

    def _lease(self, wanted: StoreLookup) -> Flow[Any]:
        """Return the lease of this key, or None where the credentials have come meanwhile.

        None, too, when it is time to go on without a lease.
        """
        with logs.Wait("another process, which is fetching the same credentials"):
            return (yield from self._lease_soon(wanted))

    def _lease_soon(self, wanted: StoreLookup) -> Flow[Any]:
        waited, pause = 0.0, FIRST_PAUSE
        while True:
            store = self.store.store
            lease = yield from self.store.call(store.lock, wanted.key, LEASE)
            if lease is not None:
                logs.debug("The lock of %s is ours after %.2f s", wanted.key[:SHOWN], waited)
                return lease
            if not waited:
                logs.debug("Another process has the lock of %s", wanted.key[:SHOWN])
            if waited >= PATIENCE:
                self.store.warn(
                    "Another process has held a lock of the store for %d s: going on without it",
                    PATIENCE,
                )
                return None
            # Jittered, so that a crowd does not ask in step.
            seconds = pause * (0.5 + (yield from ops.random()))
            yield from ops.sleep(seconds)
            waited += seconds
            pause = min(2 * pause, LONGEST_PAUSE)
            # The holder puts before it releases: so what was missing a moment ago is here now.
            if (yield from self._look(wanted)) is not None:
                return None

    def _fetch(self, wanted: StoreLookup, logins: ResolvedLogins, lease: Any) -> Flow[FetchResult]:
        try:
            record = yield from self._look(wanted)  # somebody was quicker
        except StoreDownError:
            record = None
        if record is not None:
            return (yield from self._adopt(wanted.key, record, logins))
        try:
            record = yield from fetch_record(self.exchange, logins, wanted.found)
        except CognitoCredentialsError as error:
            remaining = yield from self._remaining(wanted)
            if remaining <= wanted.min_remaining and wanted.skew != wanted.second_skew:
                # The latest date may be the one that is wrong, and nothing newer can be had.
                wanted.skew = wanted.second_skew
                remaining = yield from self._remaining(wanted)
            if wanted.found is None or remaining <= wanted.min_remaining:
                raise
            wanted.found.set_clock(self.exchange.service_now.at(wanted.skew))
            return FetchResult(wanted.key, wanted.found, is_new=False, error=error)
        yield from self._put(wanted.key, record, lease)
        return FetchResult(wanted.key, record, is_new=True)

    def _put(self, key: str, record: Record, lease: Any) -> Flow[None]:
        store, skew = self.store.store, record.skew or 0.0
        # A store of this machine goes by this machine's clock, right or wrong.
        expires_at = record.expires_at - (skew if self.store.is_local else 0.0)
        try:
            yield from self.store.call(
                store.put, key, records.encode(key, record), expires_at=expires_at, lease=lease
            )
        except StoreDownError:
            return  # the credentials are here all the same
        logs.debug("%s, %s: stored", self.store, key[:SHOWN])

    def _look(self, wanted: StoreLookup) -> Flow[Record | None]:
        """Return the record, if it will do."""
        value = yield from self.store.call(self.store.store.get, wanted.key)
        if value is None:
            wanted.tell(self.store, "nothing")
            return None
        try:
            record = records.decode(wanted.key, value, now=self.exchange.service_now)
        except records.UnreadableRecordError as error:
            self.store.warn("An entry of the store is not read, since %s", error)
            wanted.tell(self.store, "nothing that can be read")
            return None
        wanted.found = record
        wanted.skew, wanted.second_skew = self.exchange.client.clock.skews_of_record(
            record.skew if self.store.is_local else None
        )
        remaining = yield from self._remaining(wanted)
        record.set_clock(self.exchange.service_now.at(wanted.skew))
        _, mandatory = self.policy.windows(record.expires_at - record.fetched_at, 0.0)
        will_do = remaining > mandatory and remaining >= wanted.min_remaining
        least = max(mandatory, wanted.min_remaining)
        if will_do:
            wanted.tell(self.store, f"credentials for {remaining:.0f} s more")
        elif remaining > 0:
            wanted.tell(
                self.store, f"credentials near their end: {remaining:.0f} s of at least {least:.0f}"
            )
        else:
            wanted.tell(self.store, "credentials that are over, or not for this login's token")
        return record if will_do else None

    def _remaining(self, wanted: StoreLookup) -> Flow[float]:
        """Return for how long the record that was found is good; not at all, if it is not meant."""
        record = wanted.found
        if (
            record is None
            or not record.answers(wanted.tokens, wanted.tokens_expire_at)
            or record.fetched_at <= wanted.after
        ):
            return 0.0
        return record.expires_at - (yield from ops.now()) - wanted.skew

    def _adopt(self, key: str, record: Record, logins: ResolvedLogins) -> Flow[FetchResult]:
        yield from self.exchange.adopt(record.credentials.identity_id, logins)
        return FetchResult(key, record, is_new=False)


def fetch_alone(exchange: Exchange, held: FetchResult | None) -> Flow[FetchResult]:
    """Fetch where there is no store; `held` has the tokens that were accepted before."""
    logins = yield from exchange.resolve()
    key = records.credentials_key((yield from exchange.scope(logins)))
    before = held.record if held is not None and held.key == key else None
    return FetchResult(key, (yield from fetch_record(exchange, logins, before)), is_new=True)


def fetch_record(exchange: Exchange, logins: ResolvedLogins, before: Record | None) -> Flow[Record]:
    """Fetch, and note who may have what came; `before` has the tokens that were accepted so far."""
    credentials, taken, skew = yield from exchange.fetch(logins)
    fetched_at = (yield from ops.now()) + (skew or 0.0)
    check_not_expired(credentials, fetched_at)
    # Those of the same identity: of a login that is no JWT, the key does not say whose it is.
    accepted: tuple[str, ...] = ()
    if before is not None and before.credentials.identity_id == credentials.identity_id:
        accepted = before.accepted
    return records.Record(
        credentials,
        fetched_at=fetched_at,
        skew=skew,
        # By the tokens that the service took in the end: a supplier may have given newer ones.
        accepted=records.merged(records.digest_of_tokens(taken), accepted),
    )
