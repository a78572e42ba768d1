"""Tasks that share an async cache or broker, in an order that a seed chooses.

The service responds late, fails or does not respond; tasks are canceled, and the cache is invalidated.
`SCHEDULES=10000` runs 10,000 schedules of each test; `SEED=...` repeats one of them.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter

from harness import FACEBOOK, FACEBOOK_TOKEN, GET_CREDENTIALS, GET_ID, POOL, operation_of
from shuffled_loop import LoopClock, run

from cognito_credentials import aio
from cognito_credentials.errors import CognitoCredentialsError, RequestTimeoutError, TransportError
from cognito_credentials.testing import credentials_response, success_response

SEEDS = (
    [int(os.environ["SEED"])]
    if "SEED" in os.environ
    else range(int(os.environ.get("SCHEDULES", "30")))
)
LIFETIME = 3600


class Service:
    """Async transport to a service whose responses take random times.

    Attributes:
        failure_rate: Share of the requests that fail.
        concurrent: Number of requests in progress, by operation and login; `peak` has the maxima.
    """

    def __init__(self, loop, failure_rate=0.0):
        self.loop, self.random = loop, loop.random
        self.clock = LoopClock(loop)
        self.failure_rate = failure_rate
        self.operations = Counter()
        self.generation = 0
        self.ids = {}
        self.concurrent, self.peak = Counter(), Counter()

    async def send(self, request):
        operation, members = operation_of(request), json.loads(request.body)
        key = operation, members.get("IdentityId") or json.dumps(members.get("Logins"))
        self.operations[operation] += 1
        self.concurrent[key] += 1
        self.peak[key] = max(self.peak[key], self.concurrent[key])
        try:
            await asyncio.sleep(self.random.choice([0, 0, 0.1, 1, 5]))
            if self.random.random() < self.failure_rate:
                raise self.random.choice([TransportError, RequestTimeoutError])("no response")
        finally:
            self.concurrent[key] -= 1
        if operation == GET_ID:
            user = json.dumps(members.get("Logins"))
            new_id = f"us-east-1:00000000-0000-4000-8000-{len(self.ids):012x}"
            return success_response(IdentityId=self.ids.setdefault(user, new_id), clock=self.clock)
        self.generation += 1
        return credentials_response(
            members["IdentityId"],
            generation=self.generation,
            expires_at=self.clock.now() + LIFETIME,
            clock=self.clock,
        )

    async def aclose(self):
        pass

    @property
    def config(self):
        return {"transport": self, "clock": self.clock, "max_attempts": 2}


def explore(world):
    """Run an async function with a new loop for each seed."""
    for seed in SEEDS:
        try:
            run(seed, world())
        except BaseException as error:
            error.add_note(f"SEED={seed}")
            raise


def check(service, result, *, failures=False):
    """Check that a result is valid credentials, a cancellation or, if permitted, an error."""
    if isinstance(result, BaseException):
        is_permitted = isinstance(result, asyncio.CancelledError) or (
            failures and isinstance(result, CognitoCredentialsError)
        )
        assert is_permitted, repr(result)
    else:
        assert result.expiration.timestamp() > service.clock.now()


async def use(service, get, tasks=6, *, failures=False, cancel=0.3):
    """Call an async function in several tasks, cancel some of them, and check the results."""

    async def call():
        await asyncio.sleep(service.random.choice([0, 0, 0.1, 2]))
        result = await get()
        check(service, result)
        return result

    async def cancel_later(task):
        await asyncio.sleep(service.random.choice([0, 0.05, 0.5, 3]))
        task.cancel()

    running = [asyncio.ensure_future(call()) for _ in range(tasks)]
    canceling = [
        asyncio.ensure_future(cancel_later(task))
        for task in running
        if service.random.random() < cancel
    ]
    results = await asyncio.gather(*running, return_exceptions=True)
    await asyncio.gather(*canceling)
    for result in results:
        if isinstance(result, BaseException):
            check(service, result, failures=failures)
    return results


async def settle():
    """Wait until the tasks of all flights have ended."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(
        *(task for task in tasks if task.get_name() != "cognito-prefetcher"),
        return_exceptions=True,
    )


def flights_of(owner):
    return [flight for flights in owner._driver.flights._by_loop.values() for flight in flights]


def test_first_callers_share_one_fetch_even_if_some_are_canceled():
    async def world():
        service = Service(asyncio.get_running_loop())
        provider = aio.from_cognito_identity_pool(POOL, client_config=service.config)
        cache = provider.cached()
        results = await use(service, cache.get)
        assert len({id(each) for each in results if not isinstance(each, BaseException)}) <= 1
        assert service.operations == {GET_ID: 1, GET_CREDENTIALS: 1} or all(
            isinstance(each, asyncio.CancelledError) for each in results
        )
        await settle()
        assert flights_of(provider) == []

    explore(world)


def test_every_caller_returns_and_requests_never_overlap():
    async def world():
        service = Service(asyncio.get_running_loop(), failure_rate=0.3)
        provider = aio.from_cognito_identity_pool(POOL, client_config=service.config)
        cache = provider.cached()
        for _ in range(4):
            await use(service, cache.get, failures=True)
            await asyncio.sleep(service.random.choice([1, 60, LIFETIME - 600, LIFETIME]))
        await settle()
        assert set(service.peak.values()) == {1}
        assert len(service.ids) <= 1
        assert flights_of(provider) == []

    explore(world)


def test_refreshes_invalidations_and_rejections_lose_no_caller():
    async def world():
        service = Service(asyncio.get_running_loop(), failure_rate=0.1)
        provider = aio.from_cognito_identity_pool(POOL, client_config=service.config)
        cache = provider.cached()

        async def get():
            choice = service.random.randrange(4)
            former = cache.peek()
            if choice == 0:
                cache.invalidate()
                latest = await cache.get()
                assert former is None or latest.access_key_id > former.access_key_id
                return latest
            if choice == 1 and former is not None:
                cache.mark_rejected(former.access_key_id)
            return await cache.get(service.random.choice([0, 0, 1800]))

        for _ in range(4):
            await use(service, get, failures=True)
            await asyncio.sleep(service.random.choice([1, 60, LIFETIME - 600, LIFETIME]))
        await settle()
        assert len(service.ids) <= 1
        assert flights_of(provider) == []

    explore(world)


def test_the_users_of_a_broker_never_share_credentials():
    async def world():
        service = Service(asyncio.get_running_loop(), failure_rate=0.2)
        broker = aio.AsyncCredentialBroker(
            POOL, client_config=service.config, deadline=20, max_users=2, prefetch_within=0
        )
        ids = {}

        async def get():
            user = service.random.choice(["ann", "ben", "eve"])
            if service.random.random() < 0.1:
                await broker.forget(user)
            started_at = service.clock.now()
            try:
                found = await broker.get(user, {FACEBOOK: f"{FACEBOOK_TOKEN}-{user}"})
            finally:
                assert service.clock.now() - started_at <= 20
            ids.setdefault(user, set()).add(found.identity_id)
            return found

        for _ in range(4):
            await use(service, get, failures=True)
            await asyncio.sleep(service.random.choice([1, 60, LIFETIME - 600, LIFETIME]))
        assert all(len(each) == 1 for each in ids.values())
        assert len(set.union(set(), *ids.values())) == len(ids)
        await broker.aclose()
        await settle()
        assert flights_of(broker) == []

    explore(world)
