"""Flight leaders that fail, are canceled or interrupted, or do not exist in a forked child."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading

import pytest
from harness import (
    GET_CREDENTIALS,
    GET_ID,
    GUEST_KEY,
    IDENTITY,
    POOL_NOT_FOUND,
    RATE_EXCEEDED,
    Side,
    operation_of,
)

from cognito_credentials.errors import IdentityPoolNotFound, TooManyRequestsException
from cognito_credentials.testing import error_response

WAITERS = 20


class CountingEvent(threading.Event):
    """An event that can wait until `expected` threads wait for it."""

    def __init__(self, expected):
        super().__init__()
        self._waiting = threading.Semaphore(0)
        self.expected = expected

    def wait(self, timeout=None):
        self._waiting.release()
        return super().wait(timeout)

    def wait_for_waiters(self):
        for _ in range(self.expected):
            assert self._waiting.acquire(timeout=30)


class Crowd:
    """Threads that call the same function: one leads, and the others wait for its flight."""

    def __init__(self, flights):
        self.flights = flights
        self.leads = threading.Event()
        self.results = []
        self.errors = []

    def lead(self):
        """Start the other threads, and return once they are all waiting.

        The leader's request calls this method.
        """
        (flight,) = self.flights()._flights.values()
        flight.is_done = CountingEvent(WAITERS)
        self.leads.set()
        flight.is_done.wait_for_waiters()

    def run(self, function):
        def work():
            try:
                self.results.append(function())
            except BaseException as error:  # noqa: BLE001 - the test compares the errors
                self.errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(WAITERS + 1)]
        threads[0].start()
        assert self.leads.wait(30)
        for thread in threads[1:]:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()


def test_each_waiting_thread_raises_its_own_copy_of_the_leaders_error():
    def reject(request):
        crowd.lead()
        return error_response(*POOL_NOT_FOUND)

    with Side("sync") as side:
        subject = side.pool([reject])
        crowd = Crowd(lambda: subject.provider._driver.flights)
        crowd.run(subject.provider)
        for error in crowd.errors:
            side.record(error)
        assert side.leaks() == []
    assert len(subject.requests) == 1
    assert {type(error) for error in crowd.errors} == {IdentityPoolNotFound}
    assert len(set(map(id, crowd.errors))) == WAITERS + 1
    assert {error.__cause__ for error in crowd.errors} == {None}, (
        "the traceback shows the error more than once"
    )
    assert len({(str(error), error.hint, error.code) for error in crowd.errors}) == 1


def test_each_waiting_thread_recovers_from_the_error_as_if_it_were_the_leader():
    """Every waiter evicts the identity ID that no longer exists; all waiters get the same new ID."""
    side = Side("sync")
    together = threading.Barrier(WAITERS)

    def respond(request):
        if operation_of(request) == GET_ID:
            return side.id_response()(request)
        if b"00000000" in request.body:
            together.wait(30)
            return error_response(
                "ResourceNotFoundException", "Identity 'us-east-1:00000000' not found."
            )
        return side.credentials()(request)

    with side:
        cache = side.cache({GUEST_KEY: "us-east-1:00000000"})
        subject = side.pool([respond], cache=cache)
        results = []
        threads = [
            threading.Thread(target=lambda: results.append(subject.provider()))
            for _ in range(WAITERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert [credentials.identity_id for credentials in results] == [IDENTITY] * WAITERS
    assert subject.operations.count(GET_ID) == 1
    assert cache.entries == {GUEST_KEY: IDENTITY}


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_a_waiter_takes_over_from_an_interrupted_leader(interruption):
    def interrupt(request):
        crowd.lead()
        raise interruption

    with Side("sync") as side:
        subject = side.pool([interrupt, side.id_response(), side.credentials()])
        crowd = Crowd(lambda: subject.provider._driver.flights)
        crowd.run(subject.provider)
    assert [type(error) for error in crowd.errors] == [interruption]
    assert len(crowd.results) == WAITERS
    # The interrupted leader called GetId once, and so did its successor.
    assert subject.operations.count(GET_ID) == 2


def test_an_interrupted_refresh_leaves_the_cache_usable():
    def interrupt(request):
        raise KeyboardInterrupt

    with Side("sync") as side:
        subject = side.pool([interrupt, side.id_response(), side.credentials()])
        with pytest.raises(KeyboardInterrupt):
            subject.provider.cached().get()
        assert subject.get().identity_id == IDENTITY


# --- tasks ------------------------------------------------------------------------------------------


class GatedTransport:
    """An async transport that responds once `release` is set, and records the operations."""

    def __init__(self, respond):
        self.respond = respond
        self.release = asyncio.Event()
        self.operations = []

    async def send(self, request):
        self.operations.append(operation_of(request))
        await self.release.wait()
        return self.respond(request)

    async def aclose(self):
        pass


def successful_responses(side):
    return lambda request: (
        side.id_response() if operation_of(request) == GET_ID else side.credentials()
    )(request)


async def start_tasks(function, transport, count):
    """Start `count` tasks, and let them run until the first request is blocked in the transport."""
    tasks = [asyncio.create_task(function()) for _ in range(count)]
    while not transport.operations:  # noqa: ASYNC110
        await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


@pytest.mark.parametrize("through", ["provider", "cache"])
def test_a_canceled_leader_does_not_cause_a_second_fetch(through):
    async def program():
        transport = GatedTransport(successful_responses(side))
        provider = side.pool([], client_config={"transport": transport}).provider
        function = provider if through == "provider" else provider.cached().get
        tasks = await start_tasks(function, transport, 50)
        tasks[0].cancel()
        await asyncio.sleep(0)
        transport.release.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert {credentials.identity_id for credentials in found[1:]} == {IDENTITY}
        assert transport.operations.count(GET_ID) == 1
        if through == "cache":
            assert transport.operations == [GET_ID, GET_CREDENTIALS]

    with Side("aio") as side:
        side.run(program)


def test_the_fetch_continues_if_all_callers_are_canceled():
    async def program():
        transport = GatedTransport(successful_responses(side))
        provider = side.pool([], client_config={"transport": transport}).provider
        tasks = await start_tasks(provider.cached().get, transport, 5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        transport.release.set()
        assert (await provider.cached().get()).identity_id == IDENTITY
        assert transport.operations == [GET_ID, GET_CREDENTIALS]

    with Side("aio") as side:
        side.run(program)


def test_a_failure_is_not_reported_if_all_callers_are_canceled():
    async def program():
        transport = GatedTransport(lambda request: error_response(*POOL_NOT_FOUND))
        provider = side.pool([], client_config={"transport": transport}).provider
        complaints = []
        asyncio.get_running_loop().set_exception_handler(
            lambda loop, context: complaints.append(context)
        )
        (task,) = await start_tasks(provider.cached().get, transport, 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        transport.release.set()
        for _ in range(20):
            await asyncio.sleep(0)
        assert complaints == []

    with Side("aio") as side:
        side.run(program)


@pytest.mark.parametrize("through", ["provider", "cache"])
def test_each_waiting_task_raises_its_own_copy_of_the_error(through):
    async def program():
        transport = GatedTransport(lambda request: error_response(*RATE_EXCEEDED))
        provider = side.pool([], client_config={"transport": transport}).provider
        function = provider if through == "provider" else provider.cached().get
        tasks = await start_tasks(function, transport, WAITERS)
        transport.release.set()
        errors = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(error) for error in errors} == {TooManyRequestsException}
        assert len(set(map(id, errors))) == WAITERS
        assert {error.__cause__ for error in errors} == {None}, (
            "the traceback shows the error more than once"
        )
        assert transport.operations == [GET_ID] * 3
        for error in errors:
            side.record(error)

    with Side("aio") as side:
        side.run(program)
        assert side.leaks() == []


# --- event loops ------------------------------------------------------------------------------------


def test_a_cache_works_in_one_event_loop_after_another():
    with Side("aio") as side:
        subject = side.pool(
            [side.id_response(), side.credentials(), side.credentials(generation=2)]
        )
        cache = subject.provider.cached()
        first = asyncio.run(cache.get())
        assert asyncio.run(cache.get()) is first
        side.clock.advance(3600)
        assert asyncio.run(cache.get()).access_key_id != first.access_key_id
    assert subject.operations == [GET_ID, GET_CREDENTIALS, GET_CREDENTIALS]


def test_a_flight_of_a_closed_event_loop_does_not_affect_the_next_loop():
    async def time_out():
        transport.release.clear()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await provider.cached().get()

    async def fetch_in_second_loop():
        transport.release = asyncio.Event()
        transport.release.set()
        return await provider.cached().get()

    with Side("aio") as side:
        transport = GatedTransport(successful_responses(side))
        provider = side.pool([], client_config={"transport": transport}).provider
        asyncio.run(time_out())
        assert asyncio.run(fetch_in_second_loop()).identity_id == IDENTITY


def test_a_cache_works_in_several_event_loops_at_the_same_time():
    with Side("aio") as side:
        subject = side.pool([side.id_response(), side.credentials()])
        cache = subject.provider.cached()
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(asyncio.run(cache.get())))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert [credentials.identity_id for credentials in found] == [IDENTITY] * 4


# --- a fork -----------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("through", ["provider", "cache"])
def test_a_child_process_does_not_wait_for_a_flight_of_its_parent(through):
    program = textwrap.dedent(
        """
        import os, signal, sys, threading

        from cognito_credentials import from_cognito_identity_pool
        from cognito_credentials.testing import success_response, credentials_response

        IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
        parent = os.getpid()

        class Transport:
            def __init__(self):
                self.in_progress, self.release = threading.Event(), threading.Event()

            def send(self, request):
                if os.getpid() == parent:
                    self.in_progress.set()
                    self.release.wait(30)
                if request.headers["X-Amz-Target"].endswith("GetId"):
                    return success_response(IdentityId=IDENTITY)
                return credentials_response(IDENTITY)

            def close(self):
                pass

        transport = Transport()
        provider = from_cognito_identity_pool(
            "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030",
            client_config={"transport": transport},
        )
        fetch = provider if sys.argv[1] == "provider" else provider.cached().get
        leader = threading.Thread(target=fetch)
        leader.start()
        assert transport.in_progress.wait(30)
        child = os.fork()
        if child == 0:
            signal.alarm(20)  # A child that waits for a thread of its parent waits forever.
            os._exit(0 if fetch().identity_id == IDENTITY else 1)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        transport.release.set()
        leader.join(30)
        sys.exit(status)
        """
    )
    # Python 3.12 warns about a fork of a process that has threads.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, through]
    done = subprocess.run(command, timeout=60, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
