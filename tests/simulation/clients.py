"""Providers, caches and brokers that run in simulated processes.

Like their counterparts in `_sync/` and `_aio/`, these classes only connect the base classes in
`_base/` to a driver. All decisions are made by the library.
"""

from __future__ import annotations

from typing import Any

from cognito_credentials import Quotas
from cognito_credentials._base.broker import BaseBroker
from cognito_credentials._base.cache import BaseCache
from cognito_credentials._base.provider import BaseProvider, BrokerSpec, pool_spec
from cognito_credentials._base.stores import pass_through
from cognito_credentials._core.broker_users import UserRequest
from cognito_credentials.credentials import Credentials
from simulation.driver import SimulatedDriver
from simulation.processes import Process
from simulation.scheduler import Steps
from simulation.service import POOL, REQUEST_TIMEOUT_SECONDS


class UnusedTransport:
    """Transport that is never called, because the driver sends the requests."""

    def send(self, _request: Any) -> Any:
        raise AssertionError("the driver sends requests")

    def close(self) -> None:
        """Do nothing."""


TRANSPORT = UnusedTransport()


def client_config(process: Process) -> dict[str, Any]:
    return {
        "transport": TRANSPORT,
        "clock": process.host,
        "connect_timeout": 1.0,
        "request_timeout": REQUEST_TIMEOUT_SECONDS,
    }


def create_driver(process: Process, max_flight_seconds: float) -> SimulatedDriver:
    world = process.world
    send = world.service.send
    driver: SimulatedDriver = world.driver_class(
        process, lambda request: send(process, request), max_flight_seconds
    )
    return driver


class SimulatedProvider(BaseProvider):
    """Provider of a user, or of a guest if `logins` is None."""

    def __init__(self, process: Process, logins: Any, user: str | None) -> None:
        super().__init__(
            pool_spec(
                identity_pool_id=POOL,
                account_id=None,
                cache=None,
                user_identifier=user,
                custom_role_arn=None,
                logins=logins,
                client_config=client_config(process),
                basic_flow=None,
                on_identity_change=None,
                adapt_store=pass_through,
            )
        )
        self._driver = create_driver(process, self._spec.max_fetch_seconds)


class SimulatedCache(BaseCache):
    """Cache of a simulated provider."""

    def __init__(self, process: Process, provider: SimulatedProvider, store: Any) -> None:
        super().__init__(provider, None, store, process.world.random.random)

    def get(self, min_remaining: float = 0.0) -> Steps:
        """Return valid credentials, like `CredentialsCache.get`."""
        fresh = self._get_fresh()
        if fresh is not None and not min_remaining:
            return fresh
        return (yield from self._driver.run(self._refresher.get(min_remaining)))

    @property
    def max_seconds(self) -> float:
        """The maximum duration of a call to `get`."""
        return self._refresher._max_flight_seconds


class SimulatedBroker(BaseBroker):
    """Broker in a simulated process, with a prefetcher."""

    def __init__(
        self, process: Process, store: Any, *, quotas: Quotas, deadline: float, max_users: int
    ) -> None:
        super().__init__(
            BrokerSpec(
                identity_pool_id=POOL,
                account_id=None,
                custom_role_arn=None,
                basic_flow=None,
                client_config=client_config(process),
            ),
            store=store,
            policy=None,
            quotas=quotas,
            max_users=max_users,
            deadline=deadline,
            prefetch_within=600.0,
            random=process.world.random.random,
        )
        self.process = process
        self.max_seconds = deadline
        self._driver = create_driver(process, self._max_flight_seconds)

    def get(self, user: str, logins: Any) -> Steps:
        """Return valid credentials for a user, like `CredentialBroker.get`."""
        credentials = self._get_fresh(user, logins)
        if credentials is not None:
            return credentials
        return (yield from self._driver.run(self._flows.get(UserRequest(user, logins), None)))

    def forget(self, user: str) -> Steps:
        return self._driver.run(self._flows.forget(user))

    def mark_rejected(self, user: str, access_key_id: str) -> bool:
        return self._state.mark_rejected(user, access_key_id)

    def peek(self, user: str, logins: Any) -> Credentials | None:
        """Return the cached credentials that this caller may use."""
        return self._state.peek(UserRequest(user, logins))

    def prefetch(self, until: float) -> Steps:
        """Refresh credentials in the background until a time, like the prefetcher of a broker."""
        scheduler = self.process.world.scheduler
        while scheduler.now < until:
            yield self._state.seconds_until_prefetch()
            for request in self._state.users_to_refresh():
                try:
                    yield from self._driver.run(self._flows.refresh(request))
                except Exception:  # noqa: BLE001, S112 - The failure has already been recorded.
                    continue
