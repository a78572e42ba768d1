"""Simulate a day of a back end, using the library's own decision logic and a virtual clock.

    python -m benchmarks.simulate [--quick] [--write docs/simulation.md]

Cache entries are `freshness.CachedCredentials`, `freshness.decide` makes the decisions, `RefreshPolicy`
sets the refresh windows, and `RateLimiter` limits the calls. The simulation never sleeps: it takes the
next request from a queue and sets the clock to the time of that request.

Each user has one session of twelve requests. The hour at which a session begins is drawn from a
daily profile (`SESSION_STARTS_BY_HOUR`). Four strategies are compared:

- no cache: each request calls GetId and GetCredentialsForIdentity.
- host cache: each host has a cache, but no jitter, no rate limit and no store.
- broker: each host has a broker with the default refresh policy. The broker makes no more calls
  than the account's quotas permit, and background refreshes yield to callers.
- broker and store: the same, but all hosts share a store.

The brokers' rate limits apply to all hosts together, as with a `RedisStore`. In reality, without
such a store, each host would get a share of the quotas. The first two strategies have no rate
limit, so AWS would throttle their calls above the quotas.
"""

from __future__ import annotations

import argparse
import heapq
import random
import time
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cognito_credentials import Quotas, RefreshPolicy
from cognito_credentials._base.rate_limits import RateLimiter
from cognito_credentials._core.freshness import CachedCredentials, Decision, decide

if TYPE_CHECKING:
    from collections.abc import Iterator

LIFETIME_SECONDS = 3600.0
CALL_SECONDS = 0.12  # A round trip to the service takes this long.
STORE_SECONDS = 0.001
MIN_NOTICEABLE_SECONDS = 0.01  # A read from the store takes less time.
WAIT_TIMEOUT_SECONDS = 10.0
HOUR_SECONDS = 3600
DAY_SECONDS = 24 * HOUR_SECONDS
# Relative number of sessions that begin in each hour: quiet nights and an evening peak.
SESSION_STARTS_BY_HOUR = (1, 1, 1, 1, 1, 2, 3, 5, 7, 6, 5, 5, 6, 6, 5, 5, 5, 6, 7, 8, 7, 4, 2, 1)
REQUESTS_PER_SESSION = 12
REQUEST_INTERVAL_SECONDS = 150.0  # A session lasts about half an hour.
REQUESTS_AFTER_RESTART = 60  # The number of requests of each user.
RESTART_SECONDS = REQUESTS_AFTER_RESTART * REQUEST_INTERVAL_SECONDS

NO_CACHE = "no cache"
HOST_CACHE = "host cache"
BROKER = "broker"
BROKER_AND_STORE = "broker and store"
BROKER_AND_RETAINED_STORE = "broker and retained store"
STRATEGIES = (NO_CACHE, HOST_CACHE, BROKER, BROKER_AND_STORE)

TIMED_OUT = float("inf")


class FakeCredentials:
    """Stand-in for `Credentials`; `CachedCredentials` reads only the expiration."""

    __slots__ = ("expires_at",)

    def __init__(self, expires_at: float) -> None:
        self.expires_at = expires_at

    @property
    def expiration(self) -> FakeCredentials:
        return self

    def timestamp(self) -> float:
        return self.expires_at


@dataclass
class Outcome:
    """Calls and waiting times of one strategy."""

    strategy: str
    hosts: int
    users: int
    requests: int = 0
    get_id: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # calls by second
    get_credentials: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    waits: array[float] = field(default_factory=lambda: array("d"))  # seconds
    timeouts: int = 0

    @property
    def calls(self) -> int:
        return sum(self.get_id.values()) + sum(self.get_credentials.values())

    def peak(self, operation: str) -> int:
        """Return the largest number of calls to an operation in one second."""
        return max(getattr(self, operation).values(), default=0)

    def wait_quantile(self, fraction: float) -> float:
        """Return a quantile of the waiting times of all requests, in seconds."""
        without_wait = self.requests - len(self.waits)
        index = int(fraction * self.requests) - without_wait
        return sorted(self.waits)[min(index, len(self.waits) - 1)] if index >= 0 else 0.0


class Fleet:
    """Hosts that serve many users' requests with one strategy."""

    def __init__(self, strategy: str, hosts: int, users: int, *, seed: int = 1) -> None:
        self.outcome = Outcome(strategy, hosts, users)
        self.random = random.Random(seed)  # noqa: S311
        self.policy = RefreshPolicy(jitter=0.0 if strategy == HOST_CACHE else 0.1)
        self.has_cache = strategy != NO_CACHE
        self.has_store = strategy == BROKER_AND_STORE
        self.has_rate_limits = strategy in (BROKER, BROKER_AND_STORE)
        self.now = 0.0
        quotas = Quotas()
        self.rate_limiters = {
            "get_id": RateLimiter(quotas.get_id, lambda: self.now),
            "get_credentials": RateLimiter(quotas.get_credentials, lambda: self.now),
        }
        self.caches: list[dict[int, CachedCredentials]] = [{} for _ in range(hosts)]
        self.store: dict[int, CachedCredentials] = {}
        self.users_with_cached_id: list[set[int]] = [set() for _ in range(hosts)]
        self.users_with_stored_id: set[int] = set()

    def fill_store(self) -> None:
        """Fill the store with entries that were fetched in the 40 minutes before a restart."""
        self.outcome.strategy = BROKER_AND_RETAINED_STORE
        self.users_with_stored_id.update(range(self.outcome.users))
        for user in self.users_with_stored_id:
            self.store[user] = self.new_entry(-self.random.random() * 2400)

    def serve_all(self, requests: Iterator[tuple[float, int]]) -> Outcome:
        for now, user in requests:
            self.serve(now, user)
        return self.outcome

    def serve(self, now: float, user: int) -> None:
        """Serve one request on a random host, as behind a load balancer without affinity."""
        self.now = now
        self.outcome.requests += 1
        host = int(self.random.random() * self.outcome.hosts)
        if not self.has_cache:
            self.record_wait(self.call("get_id") + self.call("get_credentials"))
            return
        entry = self.caches[host].get(user)
        decision = decide(self.now, entry, None, in_flight=False)
        if decision is Decision.SERVE:
            return
        background = decision is Decision.SERVE_AND_REFRESH
        seconds = self.refresh(host, user, background=background)
        if not background:
            self.record_wait(seconds)

    def refresh(self, host: int, user: int, *, background: bool) -> float:
        """Refresh a user's credentials on a host, and return how long this takes, in seconds."""
        seconds = 0.0
        if self.has_store:
            seconds += STORE_SECONDS
            if self.adopt_stored_entry(host, user):
                return seconds
        users_with_id = (
            self.users_with_stored_id if self.has_store else self.users_with_cached_id[host]
        )
        if user not in users_with_id:
            seconds += self.call("get_id", background=background)
            if seconds == TIMED_OUT:
                return seconds
            if self.has_store:
                # The identity ID is stored even if the next call times out.
                self.users_with_stored_id.add(user)
        seconds += self.call("get_credentials", background=background)
        if seconds == TIMED_OUT:
            return seconds
        self.users_with_cached_id[host].add(user)
        self.caches[host][user] = self.new_entry(self.now)
        if self.has_store:
            self.store[user] = self.caches[host][user]
        return seconds

    def adopt_stored_entry(self, host: int, user: int) -> bool:
        """Copy the stored entry into a host's cache if it is newer than the cached entry.

        Returns:
            True if the entry was copied.
        """
        stored = self.store.get(user)
        cached = self.caches[host].get(user)
        if (
            stored is None
            or self.now >= stored.mandatory_at
            or (cached is not None and stored.fetched_at <= cached.fetched_at)
        ):
            return False
        # Each host computes the refresh windows from the whole lifetime, with its own jitter.
        self.caches[host][user] = CachedCredentials(
            stored.credentials,
            now=stored.fetched_at,
            policy=self.policy,
            random=self.random.random(),
        )
        return True

    def new_entry(self, fetched_at: float) -> CachedCredentials:
        return CachedCredentials(
            FakeCredentials(fetched_at + LIFETIME_SECONDS),  # type: ignore[arg-type]
            now=fetched_at,
            policy=self.policy,
            random=self.random.random(),
        )

    def call(self, operation: str, *, background: bool = False) -> float:
        """Count a call, and return its duration in seconds, or `TIMED_OUT` if it cannot be made."""
        wait = 0.0
        if self.has_rate_limits:
            reserved = self.rate_limiters[operation].reserve(
                max_wait=WAIT_TIMEOUT_SECONDS, is_background=background
            )
            if reserved is None:
                return TIMED_OUT
            wait = reserved
        calls: dict[int, int] = getattr(self.outcome, operation)
        calls[int(self.now + wait)] += 1
        return wait + CALL_SECONDS

    def record_wait(self, seconds: float) -> None:
        if seconds == TIMED_OUT:
            self.outcome.timeouts += 1
            seconds = WAIT_TIMEOUT_SECONDS
        self.outcome.waits.append(seconds)


def requests_of_a_day(users: int, *, seed: int = 1) -> Iterator[tuple[float, int]]:
    """Yield the time and the user of each request of a day, in chronological order."""
    draw = random.Random(seed)  # noqa: S311
    users_by_hour: list[list[int]] = [[] for _ in SESSION_STARTS_BY_HOUR]
    for user, hour in enumerate(draw.choices(range(24), SESSION_STARTS_BY_HOUR, k=users)):
        users_by_hour[hour].append(user)
    pending: list[tuple[float, int, int]] = []
    for hour, users_of_hour in enumerate(users_by_hour):
        starts = sorted(
            (hour * HOUR_SECONDS + draw.random() * HOUR_SECONDS, u) for u in users_of_hour
        )
        for start, user in starts:
            while pending and pending[0][0] <= start:
                yield _next_request(pending, draw)
            heapq.heappush(pending, (start, user, REQUESTS_PER_SESSION))
    while pending:
        yield _next_request(pending, draw)


def requests_after_restart(users: int, *, seed: int = 1) -> Iterator[tuple[float, int]]:
    """Yield the time and the user of each request after a restart of all hosts, in order."""
    draw = random.Random(seed)  # noqa: S311
    pending = [
        (draw.random() * REQUEST_INTERVAL_SECONDS, user, REQUESTS_AFTER_RESTART)
        for user in range(users)
    ]
    heapq.heapify(pending)
    while pending:
        yield _next_request(pending, draw)


def _next_request(pending: list[tuple[float, int, int]], draw: random.Random) -> tuple[float, int]:
    """Take the earliest request from the queue, and schedule the same user's next request."""
    now, user, remaining = heapq.heappop(pending)
    if remaining > 1:
        interval = draw.expovariate(1 / REQUEST_INTERVAL_SECONDS)
        heapq.heappush(pending, (now + interval, user, remaining - 1))
    return now, user


HEADINGS = (
    "users",
    "hosts",
    "strategy",
    "calls per request",
    "mean calls/s",
    "peak GetId/s",
    "peak GetCredentials/s",
    "requests that wait",
    "99 % wait at most",
    "longest wait",
    "timeouts",
)


def row(outcome: Outcome, seconds: float = DAY_SECONDS) -> tuple[str, ...]:
    waiting = sum(wait >= MIN_NOTICEABLE_SECONDS for wait in outcome.waits) / outcome.requests
    return (
        f"{outcome.users:,}",
        str(outcome.hosts),
        outcome.strategy,
        f"{outcome.calls / outcome.requests:.3f}",
        f"{outcome.calls / seconds:.1f}",
        f"{outcome.peak('get_id')}",
        f"{outcome.peak('get_credentials')}",
        f"{100 * waiting:.1f} %",
        f"{outcome.wait_quantile(0.99):.2f} s",
        f"{max(outcome.waits, default=0.0):.2f} s",
        f"{outcome.timeouts:,}",
    )


def table(rows: list[tuple[str, ...]]) -> str:
    lines = [HEADINGS, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ["| " + " | ".join(map(str.rjust, line, widths)) + " |" for line in lines]
    padded.insert(1, "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|")
    return "\n".join(padded)


def simulate_days(user_counts: tuple[int, ...], host_counts: tuple[int, ...]) -> list[Outcome]:
    outcomes = []
    for users in user_counts:
        for hosts in host_counts:
            # Without a cache, the number of hosts makes no difference.
            strategies = STRATEGIES if hosts == host_counts[0] else STRATEGIES[1:]
            fleets = [Fleet(strategy, hosts, users) for strategy in strategies]
            started = time.perf_counter()
            for now, user in requests_of_a_day(users):
                for fleet in fleets:
                    fleet.serve(now, user)
            outcomes += [fleet.outcome for fleet in fleets]
            elapsed = time.perf_counter() - started
            print(f"{users:,} users, {hosts} hosts: {elapsed:.0f} s", flush=True)
    return outcomes


def simulate_restarts(users: int, hosts: int) -> list[Outcome]:
    fleets = [Fleet(strategy, hosts, users) for strategy in (*STRATEGIES[1:], BROKER_AND_STORE)]
    fleets[-1].fill_store()
    return [fleet.serve_all(requests_after_restart(users)) for fleet in fleets]


def plot(outcomes: list[Outcome], file: Path) -> None:
    """Plot the rate of GetCredentialsForIdentity calls in the first 130 minutes."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4), dpi=90)
    intervals = range(130 * 3)  # Each interval is 20 seconds long.
    for outcome in outcomes:
        rates: dict[int, float] = defaultdict(float)
        for second, calls in outcome.get_credentials.items():
            rates[second // 20] += calls / 20
        axes.plot(
            [interval / 3 for interval in intervals],
            [rates[interval] for interval in intervals],
            label=outcome.strategy,
            linewidth=1.2,
        )
    quota = Quotas().get_credentials
    axes.axhline(quota, color="gray", linestyle="--", linewidth=1, label="quota")
    axes.set_title(
        f"Restart of {outcomes[0].hosts} hosts while {outcomes[0].users:,} users are active"
    )
    axes.set_xlabel("minutes since the restart")
    axes.set_ylabel("GetCredentialsForIdentity calls per second")
    axes.set_ylim(bottom=0)
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, metadata={"Software": None})
    pyplot.close(figure)


def write(page: Path, days: list[Outcome], restarts: list[Outcome]) -> None:
    """Replace the tables on the page, and save the plot in `images` next to the page."""
    text = page.read_text(encoding="utf-8")
    tables = {
        "days": table([row(outcome) for outcome in days]),
        "restart": table([row(outcome, RESTART_SECONDS) for outcome in restarts]),
    }
    for name, content in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n{content}\n{end}{tail}"
    page.write_text(text, encoding="utf-8")
    images = page.parent / "images"
    images.mkdir(exist_ok=True)
    plot(restarts, images / "simulation-restart.png")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="simulate up to 10,000 users")
    parser.add_argument(
        "--write", type=Path, metavar="PAGE", help="replace the tables and the plot of this page"
    )
    arguments = parser.parse_args()
    user_counts = (1_000, 10_000) if arguments.quick else (10_000, 100_000, 1_000_000)
    days = simulate_days(user_counts, (1, 10, 100))
    restarts = simulate_restarts(2_000 if arguments.quick else 20_000, 10)
    print(f"\n{table([row(outcome) for outcome in days])}")
    restart_table = table([row(outcome, RESTART_SECONDS) for outcome in restarts])
    print(f"\nA restart:\n{restart_table}")
    if arguments.write:
        write(arguments.write, days, restarts)


if __name__ == "__main__":
    main()
