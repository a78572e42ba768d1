"""Async brokers that several tasks or event loops use.

tests/scenarios/test_broker.py tests the behavior that sync and async brokers share.
"""

from __future__ import annotations

import asyncio
import contextvars

import pytest
from brokers import Broker
from harness import GOOGLE, Side, jwt

ALICE = {GOOGLE: jwt(sub="alice")}


@pytest.fixture
def side():
    with Side("aio") as side:
        yield side


@pytest.fixture
def broker(side):
    broker = Broker(side, prefetch_within=600)
    yield broker
    broker.close()


async def prefetchers():
    return [task for task in asyncio.all_tasks() if task.get_name() == "cognito-prefetcher"]


def test_two_alternating_event_loops_share_one_prefetcher(broker):
    with asyncio.Runner() as one, asyncio.Runner() as two:
        for number in range(6):
            runner = (one, two)[number % 2]
            runner.run(broker.broker.get(f"user {number}"))
        found = [len(runner.run(prefetchers())) for runner in (one, two)]
    assert sum(found) == 1


def test_consecutive_event_loops_have_one_prefetcher_each(broker):
    async def program(name):
        await broker.broker.get(name)
        return len(await prefetchers())

    assert [asyncio.run(program(name)) for name in "ab"] == [1, 1]


def test_a_prefetcher_of_a_closed_event_loop_is_replaced(broker):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(broker.broker.get("a"))
    (task,) = loop.run_until_complete(prefetchers())
    loop.close()

    async def program():
        await broker.broker.get("b")
        return len(await prefetchers())

    assert asyncio.run(program()) == 1
    with pytest.raises(asyncio.CancelledError):
        task.get_coro().throw(asyncio.CancelledError)
    task._log_destroy_pending = False


def test_the_prefetcher_has_an_empty_context(broker, monkeypatch):
    """The prefetcher serves all users, so it must not keep the first caller's context alive."""
    monkeypatch.setattr("cognito_credentials._base.broker.PREFETCH_INTERVAL_SECONDS", 0)
    variable = contextvars.ContextVar("variable", default="no caller")

    async def program():
        seen = asyncio.get_running_loop().create_future()

        async def prefetch():
            if not seen.done():
                seen.set_result(variable.get())

        broker.broker.prefetch = prefetch
        variable.set("the first caller")
        await broker.broker.get("alice", ALICE)
        return await seen

    assert broker.side.run(program) == "no caller"


def test_closing_ends_the_prefetcher(broker):
    async def program():
        await broker.broker.get("alice", ALICE)
        (task,) = await prefetchers()
        await broker.broker.aclose()
        await asyncio.sleep(0)
        assert task.done()

    broker.side.run(program)


def test_no_prefetcher_is_started_if_prefetching_is_disabled(side):
    broker = Broker(side, prefetch_within=0)

    async def program():
        await broker.broker.get("alice", ALICE)
        return await prefetchers()

    assert side.run(program) == []
    broker.close()


def test_closing_ends_a_prefetch(broker, side, monkeypatch):
    monkeypatch.setattr("cognito_credentials._aio.broker.MAX_CONCURRENT_PREFETCHES", 1)
    calls = []

    async def supplier():
        calls.append(1)
        if len(calls) == 3:
            await broker.broker.aclose()
        return ALICE[GOOGLE]

    for name in "ab":
        broker.get(name, {GOOGLE: supplier})
    side.clock.advance(2600)
    broker.broker._state._prefetch_within = 1e6
    assert broker.prefetch() == 2
    assert len(calls) == 3
