"""Invariants of every world, whatever happens in it.

1. No caller gets credentials that have expired according to any clock of its process.
2. One guest stays one guest, unless its identity was deleted, or the store has lost its ID or was
   unavailable to a process that did not know the ID.
3. Credentials of one user never reach another user, and a forged token never gets credentials.
4. The number of requests is limited: one fetch for each period, user and store, and at most a few
   more for each fault. A broker never exceeds its quotas.
5. Every call ends by its deadline, with credentials or with an error of the library.
6. A failure never makes valid credentials unavailable: a call fails only if none are cached.
7. After the last fault, every call succeeds, and all processes agree on one identity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cognito_credentials._base.rate_limits import BURST_SECONDS
from cognito_credentials.errors import CognitoCredentialsError
from simulation.processes import Process
from simulation.scheduler import Steps
from simulation.service import GET_CREDENTIALS, GET_ID

if TYPE_CHECKING:
    from cognito_credentials.credentials import Credentials
    from simulation.worlds import World

# The clock skew is measured in whole seconds, and differences below three seconds are ignored.
CLOCK_TOLERANCE_SECONDS = 4.0
# The lifetime in a response is compared with the requested lifetime, with this tolerance.
WRONG_DATE_TOLERANCE_SECONDS = 64.0
# Allowance for interruptions of a process between the end of a wait and its next step.
SCHEDULING_SECONDS = 0.5
# Early refreshes begin when at least this much of the lifetime has passed.
MIN_PERIOD_SECONDS = 2400.0
# Faults after which a guest may get another identity.
EXCUSES_OF_GUESTS = ("identity", "lost writes", "store outage")
REJECTED_ID_REASONS = ("identity-not-found", "identity-forbidden")


class Violation(NamedTuple):
    """A violated invariant; `seconds` is the time since the start of the world."""

    name: str
    seconds: float
    text: str


class Invariants:
    """Observes every call in a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._scheduler = world.scheduler
        # The user or guest to whom each identity was first returned.
        self._owners: dict[str, str | None] = {}
        self._guest_ids: dict[str | None, list[str]] = {}
        # For each process and access key ID: the time that the process assumed when it first returned
        # these credentials, and the readings of its wall clock and its monotonic clock.
        self._first_seen: dict[tuple[Process, str], tuple[float, float, float]] = {}
        self._last_ids: dict[tuple[Process, str | None], str | None] = {}
        self.call_count = 0

    def report(self, name: str, text: str = "") -> None:
        seconds = self._scheduler.now - 1_800_000_000.0
        self._world.log("VIOLATION", f"{name}: {text}")
        self._world.violations.append(Violation(name, seconds, text))

    # --- one call -----------------------------------------------------------------------------------

    def observe(
        self,
        process: Process,
        user: str | None,
        call: Steps,
        *,
        max_seconds: float,
        peek: Callable[[], Credentials | None],
        is_refused: bool,
    ) -> Steps:
        """Run a call, and check its result; return the credentials, or None if it failed."""
        world = self._world
        self.call_count += 1
        started_at, paused = self._scheduler.now, process.paused_seconds
        world.log(process.name, f"get({user or 'guest'}) begins")
        credentials: Credentials | None = None
        try:
            credentials = yield from call
        except CognitoCredentialsError as error:
            world.log(process.name, f"get({user or 'guest'}) failed: {error.reason}: {error}")
            self._check_failure(process, peek(), error, is_refused=is_refused)
        except Exception as error:  # noqa: BLE001 - Any other error is a violation.
            self.report("an error of another library", f"{process.name}: {error!r}")
        else:
            self._check_credentials(process, user, credentials, is_refused=is_refused)
        elapsed = self._scheduler.now - started_at - (process.paused_seconds - paused)
        if elapsed > max_seconds + SCHEDULING_SECONDS:
            self.report("a call exceeded its deadline", f"{process.name}: {elapsed:.1f} s")
        return credentials

    def _check_failure(
        self,
        process: Process,
        cached: Credentials | None,
        error: CognitoCredentialsError,
        *,
        is_refused: bool,
    ) -> None:
        if cached is not None and not is_refused:
            self.report("a failure took away valid credentials", f"{process.name}: {error}")
        is_excused = self._is_excused(error.reason)
        if self._world.faults.is_calm and not is_refused and not is_excused:
            self.report("a call failed after the last fault", f"{process.name}: {error!r}")

    def _is_excused(self, reason: str) -> bool:
        """Return True if a call may fail for this reason even after the last fault."""
        faults = self._world.fault_counts
        # A fetch recovers from one invalid identity ID, but not from another one.
        if reason in REJECTED_ID_REASONS:
            return faults["identity"] > 1
        # After a wrong `Date` header, a process may regard a valid token as expired.
        return reason == "login-token-expired" and bool(faults["service: wrong date"])

    def _check_credentials(
        self, process: Process, user: str | None, credentials: Credentials, *, is_refused: bool
    ) -> None:
        now, key_id = self._scheduler.now, credentials.access_key_id
        issued = self._world.service.issued[key_id]
        text = f"{process.name}: {key_id[-4:]} of {issued.identity_id[-4:]}"
        self._world.log(process.name, f"get({user or 'guest'}) returned {text}")
        if is_refused:
            self.report("a forged token got credentials", text)
        owner = self._owners.setdefault(issued.identity_id, user)
        is_foreign = owner != user or credentials.identity_id != issued.identity_id
        if is_foreign or issued.owner not in (None, user):
            self.report("another user's credentials were returned", f"{text}, for {user}")
        if issued.owner is None:
            self._check_guest(user, issued.identity_id, text)
        believed = self._believed_time(process, key_id, issued.issued_at)
        if min(now, believed) >= issued.expires_at + self._clock_tolerance():
            late = now - issued.expires_at
            self.report("expired credentials were returned", f"{text}, {late:.1f} s ago")

    def _check_guest(self, guest: str | None, identity_id: str, text: str) -> None:
        ids = self._guest_ids.setdefault(guest, [])
        if identity_id in ids:
            return
        ids.append(identity_id)
        faults = self._world.fault_counts
        is_excused = self._world.backend is None or any(faults[name] for name in EXCUSES_OF_GUESTS)
        if len(ids) > 1 and not is_excused:
            self.report("one guest became several", f"{text}, formerly {ids[0][-4:]}")

    def _clock_tolerance(self) -> float:
        if "wrong date" in self._world.faults.service_faults:
            return WRONG_DATE_TOLERANCE_SECONDS
        return CLOCK_TOLERANCE_SECONDS

    def _believed_time(self, process: Process, key_id: str, issued_at: float) -> float:
        """Return the latest time that the process can derive from its clocks.

        When the process first returned the credentials, it knew the time: from the service, from a
        process on the same host, from its own clock, or at least from the credentials themselves.
        Since then, its wall clock or its monotonic clock has advanced.
        """
        now, host = self._scheduler.now, process.host
        wall, monotonic = host.now(), host.monotonic()
        if max(process.last_response_at, issued_at) > host.last_jump_at and (
            process.last_response_at > host.last_jump_at or self._world.store_kind != "redis"
        ):
            believed = now
        elif self._world.store_kind != "redis" or process.wrong_date_count > 1:
            # The skew in the record, or several wrong dates, contradict the wall clock.
            believed = issued_at
        else:
            believed = max(wall, issued_at)
        first = self._first_seen.setdefault((process, key_id), (believed, wall, monotonic))
        return first[0] + max(wall - first[1], monotonic - first[2])

    # --- the whole world ----------------------------------------------------------------------------

    def note_last(self, process: Process, user: str | None, credentials: Any) -> None:
        """Record the identity that a process uses at the end."""
        self._last_ids[process, user] = credentials and credentials.identity_id

    def check_end(self) -> None:
        """Check the invariants that concern the whole world."""
        self._check_ends()
        self._check_request_counts()
        self._check_quotas()

    def _check_ends(self) -> None:
        for host in self._world.hosts:
            for process in host.processes:
                if any(task.steps is not None for task in process.tasks):
                    self.report("a call never ended", process.name)
        if self._world.backend is None:
            return
        for user in {user for _, user in self._last_ids}:
            ids = {id_ for (_, other), id_ in self._last_ids.items() if other == user}
            if len(ids) > 1:
                self.report("processes use different identities at the end", f"{user}: {ids}")

    def _check_request_counts(self) -> None:
        world = self._world
        operations = Counter(operation for _, _, operation in world.service.requests)
        users = len({user for _, user in self._last_ids}) or 1
        callers = {process for _, process, _ in world.service.requests}
        processes = len(callers)
        periods = 1 + (self._scheduler.now - 1_800_000_000.0) / MIN_PERIOD_SECONDS
        excuse_count = sum(world.fault_counts.values())
        # Users evict each other from a small store, which then shares nothing.
        has_evictions = users > 1 and world.backend is not None and world.backend.is_small
        if world.backend is None or has_evictions:
            sharing = processes
        else:
            sharing = 1 if not excuse_count else max(1, processes)
        for operation in (GET_ID, GET_CREDENTIALS):
            allowed = users * sharing * (periods if operation == GET_CREDENTIALS else 1)
            allowed += 3 * excuse_count * users
            if world.backend is None:
                # Each process learns of a changed identity from a rejected request of its own.
                allowed += processes * world.fault_counts["identity"] * users
            if operation == GET_CREDENTIALS and (world.backend or world.kind == "broker"):
                # Stores and brokers return credentials only for a token that the service has
                # accepted, so a new token requires a fetch.
                allowed += sharing * world.callers.issuer.replacement_count
            if operation == GET_CREDENTIALS and world.store_kind == "redis":
                allowed += users * sum(_has_wrong_clock(process) for process in callers)
            if world.kind == "broker" and (world.callers.max_users < users or has_evictions):
                allowed += self.call_count  # Each call may fetch, because users are evicted.
            if operations[operation] > allowed:
                self.report(
                    "too many requests", f"{operations[operation]} {operation}, not {allowed}"
                )

    def _check_quotas(self) -> None:
        world = self._world
        # If the store fails, each process limits only its own requests.
        has_store_faults = any("store" in name for name in world.fault_counts)
        if world.kind != "broker" or has_store_faults:
            return
        for operation, quota in (
            (GET_ID, world.callers.quotas.get_id),
            (GET_CREDENTIALS, world.callers.quotas.get_credentials),
        ):
            times: dict[Process, list[float]] = {}
            for time, process, name in world.service.requests:
                if name == operation and not process.paused_seconds:
                    times.setdefault(process, []).append(time)
            for process, sent in times.items():
                for index, time in enumerate(sent):
                    within = [other for other in sent[index:] if other < time + 1.0]
                    if len(within) > quota * (1.0 + BURST_SECONDS + 0.1) + 1:
                        self.report("a quota was exceeded", f"{process.name}: {len(within)}")
                        return


def _has_wrong_clock(process: Process) -> bool:
    """Return True if the wall clock of the process's host is wrong.

    Such a process cannot judge the records of other hosts until its first response shows the time of
    the service. If its clock is ahead, it therefore replaces credentials that seem to expire soon.
    """
    return abs(process.host.offset) > CLOCK_TOLERANCE_SECONDS
