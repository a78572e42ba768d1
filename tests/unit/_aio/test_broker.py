"""Tasks and event loops of a broker; what both sides do is in `tests/scenarios/test_broker.py`."""

from __future__ import annotations

import asyncio
import contextvars

import pytest
from brokers import Broker
from harness import GOOGLE, Side, jwt

from cognito_credentials._base.broker_users import Request
from cognito_credentials._core.rate_limiting import NotNowError

ALICE = {GOOGLE: jwt(sub="alice")}


@pytest.fixture
def side():
    with Side("aio") as made:
        yield made


@pytest.fixture
def broker(side):
    made = Broker(side, prefetch_within=600)
    yield made
    made.close()


async def prefetchers():
    return [task for task in asyncio.all_tasks() if task.get_name() == "cognito-prefetcher"]


def test_two_event_loops_by_turns_have_one_prefetcher(broker):
    with asyncio.Runner() as one, asyncio.Runner() as two:
        for number in range(6):
            runner = (one, two)[number % 2]
            runner.run(broker.broker.get(f"user {number}"))
        found = [len(runner.run(prefetchers())) for runner in (one, two)]
    assert sum(found) == 1


def test_after_its_event_loop_has_ended_another_has_a_prefetcher(broker):
    async def program(name):
        await broker.broker.get(name)
        return len(await prefetchers())

    assert [asyncio.run(program(name)) for name in "ab"] == [1, 1]


def test_a_loop_that_was_closed_with_its_prefetcher_counts_as_ended(broker):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(broker.broker.get("a"))
    task = broker.broker._prefetcher
    loop.close()

    async def program():
        await broker.broker.get("b")
        return len(await prefetchers())

    assert asyncio.run(program()) == 1
    with pytest.raises(asyncio.CancelledError):
        task.get_coro().throw(asyncio.CancelledError)
    task._log_destroy_pending = False


def test_the_prefetcher_renews_in_a_context_of_its_own(broker, monkeypatch):
    """What it finds is for all, and who came first is not kept for as long as it runs."""
    monkeypatch.setattr("cognito_credentials._base.broker.SECONDS_BETWEEN_PREFETCHES", 0)
    variable = contextvars.ContextVar("variable", default="nobody's")

    async def program():
        seen = asyncio.get_running_loop().create_future()

        async def prefetch():
            if not seen.done():
                seen.set_result(variable.get())

        broker.broker.prefetch = prefetch
        variable.set("the first caller's")
        await broker.broker.get("alice", ALICE)
        return await seen

    assert broker.side.run(program) == "nobody's"


def test_closing_ends_the_prefetcher(broker):
    async def program():
        await broker.broker.get("alice", ALICE)
        (task,) = await prefetchers()
        await broker.broker.aclose()
        await asyncio.sleep(0)
        assert task.done()

    broker.side.run(program)


def test_a_caller_for_whom_a_refresh_gives_way_is_counted_once(broker):
    """It joins the refresh, which gives way to callers, and goes on with a fetch of its own."""

    async def program():
        go = asyncio.Event()

        async def give_way():
            await go.wait()
            raise NotNowError("callers need the quota")

        broker.broker._flights.start(Request("alice", ALICE).flight, give_way)
        caller = asyncio.create_task(broker.broker.get("alice", ALICE))
        await asyncio.sleep(0)
        go.set()
        return await caller

    assert broker.side.run(program).access_key_id.endswith("1")
    metrics = broker.metrics
    assert (metrics.waits, metrics.hits, metrics.timeouts) == (1, 0, 0)
    assert sum(metrics.waited.counts) == 1


def test_who_waited_for_what_gave_way_and_was_served_all_the_same_has_waited(broker):
    request = Request("alice", ALICE)

    async def program():
        go = asyncio.Event()

        async def land_elsewhere():
            await go.wait()
            broker.broker._brokerage.look(request, in_flight=False)
            await broker.broker._fetch(request, 10.0)
            raise NotNowError("callers need the quota")

        broker.broker._flights.start(request.flight, land_elsewhere)
        caller = asyncio.create_task(broker.broker.get("alice", ALICE))
        await asyncio.sleep(0)
        go.set()
        await caller

    broker.side.run(program)
    assert (broker.metrics.waits, broker.metrics.hits) == (1, 0)


def test_a_prefetch_ends_with_the_broker(broker, side, monkeypatch):
    monkeypatch.setattr("cognito_credentials._aio.broker.PREFETCHES_AT_ONCE", 1)
    asked = []

    async def supplier():
        asked.append(1)
        if len(asked) == 3:
            await broker.broker.aclose()
        return ALICE[GOOGLE]

    for name in "ab":
        broker.get(name, {GOOGLE: supplier})
    side.clock.advance(2600)
    broker.broker._brokerage.prefetch_within = 1e6
    assert broker.prefetch() == 2
    assert len(asked) == 3
