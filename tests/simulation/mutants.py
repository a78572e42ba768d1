"""Known defects, with which tests show that each invariant can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulation.clients import SimulatedBroker, SimulatedCache
from simulation.driver import SimulatedDriver
from simulation.scheduler import Steps
from simulation.stores import SimulatedStore

if TYPE_CHECKING:
    from simulation.worlds import World


class StoreThatReplacesIds(SimulatedStore):
    """The ID of a new guest replaces an ID that another process has stored in the meantime."""

    def _add(self, key: str, value: bytes) -> Steps:
        yield from self.put(key, value, expires_at=None)
        return True


class StoreThatGrantsEachLock(SimulatedStore):
    """A lease does not exclude other callers."""

    def lock(self, key: str, seconds: float) -> Steps:
        yield 0.0
        return UselessLease()


class UselessLease:
    """A lease that excludes no other caller."""

    lease = None

    def release(self) -> None:
        """Do nothing."""


class CacheThatIgnoresExpirations(SimulatedCache):
    """Cached credentials are returned even if they have expired."""

    former: Any = None

    def get(self, min_remaining: float = 0.0) -> Steps:
        if self.former is None:
            self.former = yield from super().get(min_remaining)
        return self.former


class CacheThatForgets(SimulatedCache):
    """Each call fetches, even if valid credentials are cached; if the fetch fails, the call fails."""

    def get(self, min_remaining: float = 0.0) -> Steps:
        state = self._state
        cached = state.peek()
        flow = self._refresher._exchange.run()
        credentials = yield from self._driver.run(flow)
        if cached is None:
            state.accept(credentials, epoch=state.epoch)
        return credentials


class BrokerThatTrustsTokens(SimulatedBroker):
    """A forged token gets the cached credentials of the user."""

    def get(self, user: str, logins: Any) -> Steps:
        cached = self._state.find(user)
        if cached is not None and not cached.credentials.is_expired:
            return cached.credentials
        return (yield from super().get(user, logins))


class BrokerWithOneUser(SimulatedBroker):
    """All guests and users share the credentials of the first one."""

    first: tuple[str, Any] | None = None

    def get(self, user: str, logins: Any) -> Steps:
        self.first = self.first or (user, logins)
        return (yield from super().get(*self.first))


class BrokerWithoutQuotas(SimulatedBroker):
    """Requests never wait for the quota."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._rate_limits.limiters = {}


class DriverWithoutTimeouts(SimulatedDriver):
    """A caller waits for a flight until it ends."""

    def _join(self, key: Any, flow: Any, timeout_seconds: float) -> Steps:
        return (yield from super()._join(key, flow, 10 * timeout_seconds))


def _set(name: str, value: type[Any]) -> Callable[[World], None]:
    return lambda world: setattr(world, name, value)


# For each defect: how it is introduced, the kinds of worlds that show it, the violation, and a seed
# from which a world shows it soon.
MUTANTS: dict[str, tuple[Callable[[World], None], dict[str, str], str, int]] = {
    "a new ID replaces a stored one": (
        _set("store_class", StoreThatReplacesIds),
        {"kind": "cache", "store_kind": "redis"},
        "one guest became several",
        80,
    ),
    "a lease excludes no other caller": (
        _set("store_class", StoreThatGrantsEachLock),
        {"kind": "cache", "store_kind": "memory"},
        "too many requests",
        25,
    ),
    "expired credentials are returned": (
        _set("cache_class", CacheThatIgnoresExpirations),
        {"kind": "cache"},
        "expired credentials were returned",
        0,
    ),
    "a failed fetch discards the credentials": (
        _set("cache_class", CacheThatForgets),
        {"kind": "cache"},
        "a failure took away valid credentials",
        5,
    ),
    "tokens are not compared": (
        _set("broker_class", BrokerThatTrustsTokens),
        {"kind": "broker"},
        "a forged token got credentials",
        0,
    ),
    "users share credentials": (
        _set("broker_class", BrokerWithOneUser),
        {"kind": "broker"},
        "another user's credentials were returned",
        0,
    ),
    "quotas are ignored": (
        _set("broker_class", BrokerWithoutQuotas),
        {"kind": "broker"},
        "a quota was exceeded",
        40,
    ),
    "callers have no deadline": (
        _set("driver_class", DriverWithoutTimeouts),
        {"kind": "broker"},
        "a call exceeded its deadline",
        50,
    ),
}
