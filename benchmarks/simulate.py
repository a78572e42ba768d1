"""A back end's day, in a virtual clock, with the library's own decisions.

    python -m benchmarks.simulate [--quick] [--write docs/simulation.md]

Every entry is a `freshness.Entry`, every choice is `freshness.decide`'s, the windows are
`RefreshPolicy`'s and the pace is `_pacing.Pacer`'s. Nothing waits: an event is taken from a queue,
the clock is set to it.

Users come by a day's curve (`ARRIVALS`), each for one session of a few requests. Four ways to serve
them:

- naive: each request makes its own GetId and GetCredentialsForIdentity;
- in step: a cache in each host, without jitter and without a store;
- jittered: the same with the default policy, paced to the account's quotas, background refreshes
  giving way to callers;
- shared: the same, and one store for all hosts.

The pace is the fleet's, as a `RedisStore` keeps it; hosts without one would each take a share. The
first two have none: what they send above the quotas, AWS would refuse.
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
from cognito_credentials._core.freshness import Decision, Entry, decide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

LIFETIME = 3600.0
CALL_SECONDS = 0.12  # what a call takes to the service and back
STORE_SECONDS = 0.001
NOTICEABLE = 0.01  # what a look into the store takes is none
PATIENCE = 10.0
HOUR = 3600
DAY = 24 * HOUR
# Of a day's sessions, how many begin in each hour: quiet nights, a morning rise, an evening peak.
ARRIVALS = (1, 1, 1, 1, 1, 2, 3, 5, 7, 6, 5, 5, 6, 6, 5, 5, 5, 6, 7, 8, 7, 4, 2, 1)
REQUESTS_A_SESSION = 12
SECONDS_BETWEEN_REQUESTS = 150.0  # so that a session lasts half an hour


class FakeCredentials:
    """As much of credentials as an entry asks for: when they are over."""

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
    """What a day was like."""

    strategy: str
    hosts: int
    users: int
    requests: int = 0
    get_id: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # by second
    get_credentials: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    waits: array[float] = field(default_factory=lambda: array("d"))
    refused: int = 0

    @property
    def calls(self) -> int:
        return sum(self.get_id.values()) + sum(self.get_credentials.values())

    def peak(self, operation: str) -> int:
        return max(getattr(self, operation).values(), default=0)

    def wait_at(self, share: float) -> float:
        """Return what this share of all requests waited at most, in seconds."""
        nobody = self.requests - len(self.waits)
        place = int(share * self.requests) - nobody
        return sorted(self.waits)[min(place, len(self.waits) - 1)] if place >= 0 else 0.0


class Day:
    """One strategy, on so many hosts, for so many users."""

    def __init__(self, strategy: str, hosts: int, users: int, *, seed: int = 1) -> None:
        self.outcome = Outcome(strategy, hosts, users)
        self.random = random.Random(seed)  # noqa: S311
        self.policy = RefreshPolicy(jitter=0.0 if strategy == "in step" else 0.1)
        self.is_naive = strategy == "naive"
        self.is_shared = strategy == "shared"
        self.now = 0.0
        quotas = Quotas()
        self.pacers = {
            "get_id": RateLimiter(quotas.get_id, lambda: self.now),
            "get_credentials": RateLimiter(quotas.get_credentials, lambda: self.now),
        }
        self.is_paced = strategy in ("jittered", "shared")
        self.memories: list[dict[int, Entry]] = [{} for _ in range(hosts)]
        self.store: dict[int, Entry] = {}
        self.known: list[set[int]] = [set() for _ in range(hosts)]  # identity ids
        self.stored_ids: set[int] = set()

    def keep_store(self) -> None:
        """Begin with a store that a fleet before this one has filled, over the last 40 minutes."""
        self.outcome.strategy = "shared, store kept"
        self.stored_ids.update(range(self.outcome.users))
        for user in self.stored_ids:
            self.store[user] = self.entry(-self.random.random() * 2400)

    def run(self, requests: Iterator[tuple[float, int]]) -> Outcome:
        for now, user in requests:
            self.step(now, user)
        return self.outcome

    def step(self, now: float, user: int) -> None:
        self.now = now
        self.outcome.requests += 1
        # A load balancer without memory: any host may get the request.
        self.request(int(self.random.random() * self.outcome.hosts), user)

    def request(self, host: int, user: int) -> None:
        if self.is_naive:
            self.wait(self.call("get_id") + self.call("get_credentials"))
            return
        entry = self.memories[host].get(user)
        decision = decide(self.now, entry, None, in_flight=False)
        if decision is Decision.SERVE:
            return
        background = decision is Decision.SERVE_AND_REFRESH
        waited = self.refresh(host, user, background=background)
        if not background:
            self.wait(waited)

    def refresh(self, host: int, user: int, *, background: bool) -> float:
        """Renew a user's credentials on a host; returns the seconds that it took."""
        seconds = 0.0
        if self.is_shared:
            seconds += STORE_SECONDS
            found = self.store.get(user)
            mine = self.memories[host].get(user)
            if (
                found is not None
                and self.now < found.mandatory_at
                and (mine is None or found.fetched_at > mine.fetched_at)
            ):
                # As a host adopts it: windows of the whole life, with a jitter of its own.
                self.memories[host][user] = Entry(
                    found.credentials,
                    now=found.fetched_at,
                    policy=self.policy,
                    random=self.random.random(),
                )
                return seconds
        knows = user in (self.stored_ids if self.is_shared else self.known[host])
        if not knows:
            seconds += self.call("get_id", background=background)
            if seconds == float("inf"):
                return seconds
            if self.is_shared:
                self.stored_ids.add(user)  # whatever becomes of the rest
        seconds += self.call("get_credentials", background=background)
        if seconds == float("inf"):
            return seconds
        self.known[host].add(user)
        self.memories[host][user] = self.entry(self.now)
        if self.is_shared:
            self.store[user] = self.memories[host][user]
        return seconds

    def entry(self, fetched_at: float) -> Entry:
        return Entry(
            FakeCredentials(fetched_at + LIFETIME),  # type: ignore[arg-type]
            now=fetched_at,
            policy=self.policy,
            random=self.random.random(),
        )

    def call(self, operation: str, *, background: bool = False) -> float:
        """Make a call; returns the seconds that it took, infinitely many where it was not made."""
        wait = 0.0
        if self.is_paced:
            reserved = self.pacers[operation].reserve(longest=PATIENCE, background=background)
            if reserved is None:
                return float("inf")
            wait = reserved
        calls: dict[int, int] = getattr(self.outcome, operation)
        calls[int(self.now + wait)] += 1
        return wait + CALL_SECONDS

    def wait(self, seconds: float) -> None:
        if seconds == float("inf"):
            self.outcome.refused += 1
            seconds = PATIENCE
        self.outcome.waits.append(seconds)


def requests_of_a_day(users: int, *, seed: int = 1) -> Iterator[tuple[float, int]]:
    """Yield when each request comes, and whose it is, in order."""
    draw = random.Random(seed)  # noqa: S311
    total = sum(ARRIVALS)
    begins: list[list[int]] = [[] for _ in ARRIVALS]
    for user, hour in enumerate(
        draw.choices(range(24), [part / total for part in ARRIVALS], k=users)
    ):
        begins[hour].append(user)
    coming: list[tuple[float, int, int]] = []
    for hour, who in enumerate(begins):
        starts = sorted((hour * HOUR + draw.random() * HOUR, user) for user in who)
        for moment, user in starts:
            while coming and coming[0][0] <= moment:
                yield from _next(coming, draw)
            heapq.heappush(coming, (moment, user, REQUESTS_A_SESSION))
    while coming:
        yield from _next(coming, draw)


def _next(coming: list[tuple[float, int, int]], draw: random.Random) -> Iterator[tuple[float, int]]:
    moment, user, left = heapq.heappop(coming)
    yield moment, user
    if left > 1:
        gap = draw.expovariate(1 / SECONDS_BETWEEN_REQUESTS)
        heapq.heappush(coming, (moment + gap, user, left - 1))


def deployment(users: int, *, seed: int = 1) -> Iterator[tuple[float, int]]:
    """Yield the requests after a restart of the whole fleet: everybody is there, and goes on."""
    draw = random.Random(seed)  # noqa: S311
    coming = [(draw.random() * SECONDS_BETWEEN_REQUESTS, user, 60) for user in range(users)]
    heapq.heapify(coming)
    while coming:
        yield from _next(coming, draw)


STRATEGIES = ("naive", "in step", "jittered", "shared")


def row(outcome: Outcome, seconds: float = DAY) -> tuple[str, ...]:
    waited = sum(seconds >= NOTICEABLE for seconds in outcome.waits) / outcome.requests
    return (
        f"{outcome.users:,}",
        str(outcome.hosts),
        outcome.strategy,
        f"{outcome.calls / outcome.requests:.3f}",
        f"{outcome.calls / seconds:.1f}",
        f"{outcome.peak('get_id')}",
        f"{outcome.peak('get_credentials')}",
        f"{100 * waited:.1f} %",
        f"{outcome.wait_at(0.99):.2f} s",
        f"{max(outcome.waits, default=0.0):.2f} s",
        f"{outcome.refused:,}",
    )


HEADINGS = (
    "users",
    "hosts",
    "strategy",
    "calls a request",
    "mean calls/s",
    "peak GetId/s",
    "peak GetCredentials/s",
    "waited",
    "99 % within",
    "longest",
    "timed out",
)


def table(rows: list[tuple[str, ...]]) -> str:
    lines = [HEADINGS, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ["| " + " | ".join(map(str.rjust, line, widths)) + " |" for line in lines]
    padded.insert(1, "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|")
    return "\n".join(padded)


def days(users: tuple[int, ...], hosts: tuple[int, ...]) -> list[Outcome]:
    outcomes = []
    for many in users:
        for count in hosts:
            # The naive way remembers nothing: the hosts make no difference to it.
            names = STRATEGIES if count == hosts[0] else STRATEGIES[1:]
            together = [Day(name, count, many) for name in names]
            started = time.perf_counter()
            for now, user in requests_of_a_day(many):
                for day in together:
                    day.step(now, user)
            outcomes += [day.outcome for day in together]
            took = time.perf_counter() - started
            print(f"{many:,} users, {count} hosts: {took:.0f} s", flush=True)
    return outcomes


def restarts(users: int, hosts: int) -> list[Outcome]:
    fleets = [Day(name, hosts, users) for name in (*STRATEGIES[1:], "shared")]
    fleets[-1].keep_store()
    return [day.run(deployment(users)) for day in fleets]


def plot(outcomes: list[Outcome], file: Path) -> None:
    """Draw calls of GetCredentialsForIdentity a second over two hours after a restart."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4), dpi=90)
    for outcome in outcomes:
        minutes: dict[int, float] = defaultdict(float)
        for second, calls in outcome.get_credentials.items():
            minutes[second // 20] += calls / 20
        last = 130 * 3
        axes.plot(
            [moment / 3 for moment in range(last)],
            [minutes[moment] for moment in range(last)],
            label=outcome.strategy,
            linewidth=1.2,
        )
    quota = Quotas().get_credentials
    axes.axhline(quota, color="grey", linestyle="--", linewidth=1, label="quota")
    one = outcomes[0]
    axes.set_title(f"A restart of {one.hosts} hosts with {one.users:,} users at work")
    axes.set_xlabel("minutes since the restart")
    axes.set_ylabel("GetCredentialsForIdentity a second")
    axes.set_ylim(bottom=0)
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, metadata={"Software": None})
    pyplot.close(figure)


def write(page: Path, by_day: list[Outcome], after: list[Outcome], command: str) -> None:
    """Put the tables of this run into the page, and its plot beside it."""
    text = page.read_text(encoding="utf-8")
    parts: dict[str, Any] = {
        "days": table([row(outcome) for outcome in by_day]),
        "restart": table([row(outcome, 60 * 150.0) for outcome in after]),
        "command": f"`{command}`, with the seeds that are in it.",
    }
    for name, content in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n{content}\n{end.lstrip()}{tail}"
    page.write_text(text, encoding="utf-8")
    images = page.parent / "images"
    images.mkdir(exist_ok=True)
    plot(after, images / "simulation-restart.png")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 10,000 users")
    parser.add_argument("--write", type=Path, metavar="PAGE")
    arguments = parser.parse_args()
    users = (1_000, 10_000) if arguments.quick else (10_000, 100_000, 1_000_000)
    by_day = days(users, (1, 10, 100))
    after = restarts(2_000 if arguments.quick else 20_000, 10)
    print(f"\n{table([row(outcome) for outcome in by_day])}")
    print(f"\nA restart:\n{table([row(outcome, 60 * 150.0) for outcome in after])}")
    if arguments.write:
        write(arguments.write, by_day, after, "python -m benchmarks.simulate")


if __name__ == "__main__":
    main()
