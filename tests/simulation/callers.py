"""Callers: programs that request credentials, and check the results against the invariants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cognito_credentials import Quotas
from simulation.clients import SimulatedBroker, SimulatedCache, SimulatedProvider
from simulation.processes import Process
from simulation.scheduler import Steps, TaskCanceledError
from simulation.service import LIFETIME_SECONDS, PROVIDER_NAME, TOKEN_SECONDS, make_token

if TYPE_CHECKING:
    from simulation.worlds import World

GAPS = (0.0, 0.001, 0.02, 1.0, 6.0, 11.0, 600.0, 2450.0, 2600.0, 3400.0, 3545.0, 3590.0, 3605.0)
USERS = ("ann", "ben", "cid", "dee")
DEADLINE_SECONDS = 10.0
SETTLING_SECONDS = 60.0
LAST_ROUNDS = 2
# In worlds with narrow quotas, the callers of a broker exceed them.
NARROW_QUOTAS = {"get_id": 2.0, "get_credentials": 4.0}


class Issuer:
    """Issues the tokens of the users, and replaces each token before or after it expires."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lead = world.random.choice((600, 600, 60, -30))
        self.tokens: set[tuple[str, int]] = set()

    def current_token(self, user: str) -> str:
        """Return the token that the user's application has at this moment."""
        now = int(self._world.scheduler.now) + self._lead
        return self._issue(user, now - now % TOKEN_SECONDS + TOKEN_SECONDS)

    def supplier(self, user: str) -> Any:
        """Return a supplier of tokens; it returns a new token if the last one was rejected."""

        def supply(*, refresh: bool = False) -> str:
            if refresh:
                return self._issue(user, int(self._world.scheduler.now) + TOKEN_SECONDS)
            return self.current_token(user)

        return supply

    def _issue(self, user: str, expires_at: int) -> str:
        self.tokens.add((user, expires_at))
        return make_token(user, expires_at)

    @property
    def replacement_count(self) -> int:
        """The number of tokens that have replaced another token of the same user."""
        return len(self.tokens) - len({user for user, _ in self.tokens})


class Callers:
    """The callers of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.issuer = Issuer(world)
        self.clients: dict[Process, Any] = {}

    def start(self, process: Process, delay: float, *, is_faulty: bool) -> None:
        """Start the callers of a process."""
        raise NotImplementedError

    def change_identity(self) -> None:
        """Delete or merge an identity."""
        raise NotImplementedError

    def end(self) -> None:
        """Start the last calls, all of which must succeed."""
        world = self.world
        for host in world.hosts:
            for process in host.processes:
                self.start_last_calls(process)
        self.start_last_calls(world.start_process(world.hosts[0], 0.0, is_faulty=False))

    def start_last_calls(self, process: Process) -> None:
        raise NotImplementedError

    def _draw_gaps(self) -> list[float]:
        random, remaining = self.world.random, self.world.horizon
        gaps: list[float] = []
        for _ in range(random.choice((1, 1, 2, 2, 3, 5))):
            gap = random.choice(GAPS) * (0.98 + 0.04 * random.random())
            if gap > remaining:
                break
            remaining -= gap
            gaps.append(gap)
        return gaps

    def _cancel_later(self, process: Process, task: Any) -> None:
        """Cancel a task of an event loop at some time, as an application does after a timeout."""
        world = self.world
        if process.is_loop and world.random.random() < 0.15:
            delay = world.random.choice((0.001, 0.05, 1.0))
            world.scheduler.call_later(delay, lambda: _cancel(world, task))


def _cancel(world: World, task: Any) -> None:
    if task.steps is not None and not task.is_running and task.process.is_alive:
        world.log(task.process.name, "a caller was canceled")
        world.scheduler.throw(task, TaskCanceledError())


class CacheCallers(Callers):
    """Callers of a cache in each process, all for the same user or guest."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.user = "ann" if world.random.random() < 0.35 else None

    def start(self, process: Process, delay: float, *, is_faulty: bool) -> None:
        world, random = self.world, self.world.random
        logins = None
        if self.user is not None:
            logins = {PROVIDER_NAME: self.issuer.supplier(self.user)}
        store = None if world.backend is None else world.backend.open(process)
        provider = SimulatedProvider(process, logins, self.user)
        cache = world.cache_class(process, provider, store)
        self.clients[process] = cache
        for _ in range(random.choice((1, 1, 2, 3)) if is_faulty else 0):
            task = process.spawn(self._call_repeatedly(process, cache), delay)
            self._cancel_later(process, task)

    def _call_repeatedly(self, process: Process, cache: SimulatedCache) -> Steps:
        random = self.world.random
        yield 0.002 * random.random()
        for gap in self._draw_gaps():
            yield gap
            min_remaining = 1200.0 if random.random() < 0.1 else 0.0
            credentials = yield from self._call(process, cache, min_remaining=min_remaining)
            if credentials is not None and random.random() < 0.1:
                self._report(process, cache, credentials)

    def _report(self, process: Process, cache: SimulatedCache, credentials: Any) -> None:
        """Report that a service has rejected the credentials, or discard them."""
        if self.world.random.random() < 0.5:
            self.world.log(process.name, "mark_rejected()")
            cache.mark_rejected(credentials.access_key_id)
        else:
            self.world.log(process.name, "invalidate()")
            cache.invalidate()
        self.world.count_fault("refetch")

    def _call(
        self, process: Process, cache: SimulatedCache, *, min_remaining: float = 0.0
    ) -> Steps:
        return (
            yield from self.world.invariants.observe(
                process,
                self.user,
                cache.get(min_remaining),
                max_seconds=cache.max_seconds,
                peek=lambda: _require(cache.peek(), min_remaining),
                is_refused=False,
            )
        )

    def change_identity(self) -> None:
        service, random = self.world.service, self.world.random
        if self.user is not None:
            self.world.log("service", "merged the user's identity into another one")
            service.merge_identity(self.user, is_redirected=random.random() < 0.6)
        elif service.identities:
            identity_id = random.choice(list(service.identities))
            self.world.log("service", f"deleted identity {identity_id[-4:]}")
            service.delete_identity(identity_id)

    def start_last_calls(self, process: Process) -> None:
        process.spawn(self._call_last(process))

    def _call_last(self, process: Process) -> Steps:
        cache = self.clients[process]
        # Several calls, because a process learns of a changed identity when it refreshes.
        for _ in range(LAST_ROUNDS):
            yield SETTLING_SECONDS + self.world.random.random()
            yield from self._call(process, cache)
            yield LIFETIME_SECONDS - SETTLING_SECONDS + 2
        credentials = yield from self._call(process, cache)
        self.world.invariants.note_last(process, self.user, credentials)


def _require(credentials: Any, min_remaining: float) -> Any:
    """Return credentials that are valid for at least `min_remaining` seconds, or None."""
    if credentials is None or credentials.remaining.total_seconds() < min_remaining:
        return None
    return credentials


class BrokerCallers(Callers):
    """Callers of a broker in each process, for several users and guests, and an attacker."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        random = world.random
        self.users = USERS[: random.choice((1, 1, 2, 4))]
        self.guests = ("guest of a shop",)[: random.choice((0, 1))]
        self.has_attacker = random.random() < 0.3
        self.quotas = Quotas(**NARROW_QUOTAS) if random.random() < 0.4 else Quotas()
        self.max_users = random.choice((100, 100, 2))

    def start(self, process: Process, delay: float, *, is_faulty: bool) -> None:
        world, random = self.world, self.world.random
        store = None if world.backend is None else world.backend.open(process)
        broker = world.broker_class(
            process,
            store,
            quotas=self.quotas,
            deadline=DEADLINE_SECONDS,
            max_users=self.max_users,
        )
        self.clients[process] = broker
        if random.random() < 0.5:
            process.spawn(broker.prefetch(world.scheduler.now + min(world.horizon, 600.0)), delay)
        names = (*self.users, *self.guests)
        for _ in range(random.choice((1, 2, 4)) if is_faulty else 0):
            task = process.spawn(self._call_repeatedly(process, broker, names), delay)
            self._cancel_later(process, task)
        if self.has_attacker and is_faulty:
            process.spawn(self._attack(process, broker), delay)

    def _call_repeatedly(
        self, process: Process, broker: SimulatedBroker, names: tuple[str, ...]
    ) -> Steps:
        random = self.world.random
        yield 0.002 * random.random()
        for gap in self._draw_gaps():
            yield gap
            user = random.choice(names)
            credentials = yield from self._call(process, broker, user)
            if credentials is not None and random.random() < 0.1:
                yield from self._report(process, broker, user, credentials)

    def _report(
        self, process: Process, broker: SimulatedBroker, user: str, credentials: Any
    ) -> Steps:
        self.world.count_fault("refetch")
        if self.world.random.random() < 0.5:
            self.world.log(process.name, f"mark_rejected({user!r})")
            broker.mark_rejected(user, credentials.access_key_id)
        else:
            self.world.log(process.name, f"forget({user!r})")
            yield from broker.forget(user)

    def _attack(self, process: Process, broker: SimulatedBroker) -> Steps:
        """Request a user's credentials with a forged token."""
        random, world = self.world.random, self.world
        for gap in self._draw_gaps():
            yield gap
            world.count_fault("attack")
            user = random.choice(self.users)
            expires_at = int(world.scheduler.now) + TOKEN_SECONDS
            logins = {PROVIDER_NAME: make_token(user, expires_at, is_forged=True)}
            yield from self._call(process, broker, user, logins=logins)

    def _call(
        self, process: Process, broker: SimulatedBroker, user: str, *, logins: Any = None
    ) -> Steps:
        is_forged = logins is not None
        if logins is None and user in self.users:
            logins = {PROVIDER_NAME: self.issuer.current_token(user)}
        return (
            yield from self.world.invariants.observe(
                process,
                user,
                broker.get(user, logins),
                max_seconds=broker.max_seconds,
                peek=lambda: broker.peek(user, logins),
                is_refused=is_forged,
            )
        )

    def change_identity(self) -> None:
        service, random = self.world.service, self.world.random
        user = random.choice(self.users)
        self.world.log("service", f"merged the identity of {user} into another one")
        service.merge_identity(user, is_redirected=random.random() < 0.6)

    def start_last_calls(self, process: Process) -> None:
        for user in (*self.users, *self.guests):
            process.spawn(self._call_last(process, user))

    def _call_last(self, process: Process, user: str) -> Steps:
        broker = self.clients[process]
        for _ in range(LAST_ROUNDS):
            yield SETTLING_SECONDS + self.world.random.random()
            yield from self._call(process, broker, user)
            yield LIFETIME_SECONDS - SETTLING_SECONDS + 2
        credentials = yield from self._call(process, broker, user)
        self.world.invariants.note_last(process, user, credentials)
