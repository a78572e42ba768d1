"""Leaders that are interrupted between any two lines by an exception, as from a signal handler.

No matter which line is interrupted, waiting callers and later callers must get credentials
immediately.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import linecache
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from brokers import Broker
from harness import Side, operation_of

import cognito_credentials
from cognito_credentials.stores import FileStore, MemoryStore

PACKAGE = os.path.dirname(cognito_credentials.__file__)
# Much longer than a fetch on a busy machine, and much shorter than the time limit of a flight.
TIMEOUT_SECONDS = 20


class Interruption(KeyboardInterrupt):
    """The exception that the simulated signal handler raises."""


class Interrupter:
    """Trace function that raises an exception at one line of this package.

    Args:
        number: Number of the executed line to interrupt, counted from 1.
        on_interruption: Called before the exception is raised.
    """

    def __init__(self, number, on_interruption=lambda: None):
        self.number = number
        self.seen = 0
        self.line = ""
        self.on_interruption = on_interruption

    def trace(self, frame, event, _argument):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line" and not is_uninterruptible(frame):
            self.seen += 1
            if self.seen == self.number:
                self.line = f"{frame.f_code.co_filename}:{frame.f_lineno}"
                sys.settrace(None)
                self.on_interruption()
                raise Interruption
        return self.trace

    def run(self, function):
        """Call a function with tracing, and return True if the line was reached.

        The function runs in a thread of its own: after a trace function has raised an exception,
        CPython sometimes regards the exception as still being handled, and would make it the context
        of later exceptions in the thread.
        """

        def trace_function():
            sys.settrace(self.trace)
            try:
                function()
            except Interruption:
                pass
            finally:
                sys.settrace(None)

        with ThreadPoolExecutor(1) as thread:
            thread.submit(trace_function).result()
        return bool(self.line)


def is_uninterruptible(frame):
    """Return True if a line has no instruction, or if `with` is about to release a lock there.

    Python runs no signal handler at these instructions. If the trace function raised an exception at
    some of them, the `finally` block would not run.
    """
    text, first = line_of(frame.f_code, frame.f_lineno)
    return text == "try:" or (text.startswith("with ") and frame.f_lasti > first)


@functools.cache
def line_of(code, number):
    """Return the text of a line and the offset of its first instruction."""
    first = min(start for start, _, line in code.co_lines() if line == number)
    return linecache.getline(code.co_filename, number).strip(), first


class Caller:
    """A caller in another thread, which must get a result in time."""

    def __init__(self, function):
        self.result = None
        self.thread = threading.Thread(target=self._run, args=(function,), daemon=True)

    def _run(self, function):
        self.result = function()

    def start(self):
        self.thread.start()

    def wait(self, line):
        self.thread.join(TIMEOUT_SECONDS)
        assert not self.thread.is_alive(), f"a caller still waits after an interruption at {line}"
        assert self.result is not None, f"a caller failed after an interruption at {line}"


@contextlib.contextmanager
def quiet_side(name):
    """Return a side without debug records and asyncio's debug mode, both of which are slow."""
    with Side(name) as side:
        logging.getLogger("cognito_credentials").setLevel(logging.WARNING)
        if side._runner is not None:
            side._runner.get_loop().set_debug(False)
        yield side


def successful_responses(side):
    return lambda request: (
        side.id_response() if operation_of(request) == "GetId" else side.credentials()
    )(request)


def provider(side, _path):
    return side.pool([successful_responses(side)]).provider


def cache(side, _path):
    return side.pool([successful_responses(side)]).provider.cached().get


def cache_with_memory_store(side, _path):
    return side.pool([successful_responses(side)]).use_store(MemoryStore()).cache.get


def cache_with_file_store(side, path):
    return (
        side.pool([successful_responses(side)])
        .use_store(FileStore(tempfile.mkdtemp(dir=path)))
        .cache.get
    )


def broker(side, _path):
    broker = Broker(side, prefetch_within=0).broker
    return lambda: broker.get("user")


# Each run interrupts every third line, or every line if INTERRUPTIONS=all is set. Fewer lines are
# interrupted with a store, because a fetch then executes thousands of lines.
STEP = 1 if os.environ.get("INTERRUPTIONS") == "all" else 3
STEPS = {cache_with_memory_store: 3 * STEP, cache_with_file_store: 11 * STEP}


def sampled_lines(step):
    """Return the numbers of the executed lines to interrupt, starting with a random one."""
    return itertools.count(random.randint(1, step), step)  # noqa: S311


SUBJECTS = [provider, cache, cache_with_memory_store, cache_with_file_store, broker]


@pytest.mark.parametrize("create", SUBJECTS)
def test_a_leader_can_be_interrupted_at_each_line(create, tmp_path):
    with quiet_side("sync") as side:
        for number in sampled_lines(STEPS.get(create, STEP)):
            get = create(side, tmp_path)
            waiter = Caller(get)
            interrupter = Interrupter(number, waiter.start)
            if create is cache_with_file_store:
                # The traceback keeps a lock that was not released alive until the exception is handled, so
                # start the waiter afterwards.
                interrupter.on_interruption = waiter.thread.is_alive
            if not interrupter.run(get):
                break
            if create is cache_with_file_store:
                waiter.start()
            later = Caller(get)
            later.start()
            waiter.wait(interrupter.line)
            later.wait(interrupter.line)
            assert side.clock.slept == [], interrupter.line
    assert number > 40


def test_a_background_thread_can_be_interrupted_at_each_line(monkeypatch, tmp_path):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    with quiet_side("sync") as side:
        for number in sampled_lines(STEP):
            get = broker(side, tmp_path)
            interrupter = Interrupter(number)
            threading.settrace(interrupter.trace)
            try:
                # Trace only the threads that the library starts, not this caller.
                caller = Caller(lambda get=get: sys.settrace(None) or get())
                caller.start()
                caller.wait(interrupter.line)
            finally:
                threading.settrace(None)
            assert get().identity_id
            side.settle()
            if not interrupter.line:
                break
    assert number > 40


# --- tasks ------------------------------------------------------------------------------------------


async def get_at_once(get, *tasks):
    results = await asyncio.wait_for(asyncio.gather(get(), *tasks), TIMEOUT_SECONDS)
    assert all(credentials.identity_id for credentials in results)


# `FileStore` is left out: the results of its threads arrive in event-loop callbacks, and an exception in
# a callback does not reach the task.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize("create", [provider, cache_with_memory_store, broker])
def test_a_task_can_be_interrupted_at_each_line(create, tmp_path):
    with quiet_side("aio") as side:
        for number in sampled_lines(STEPS.get(create, STEP)):
            get, waiters = create(side, tmp_path), []

            def start_waiter(get=get, waiters=waiters):
                waiters.append(asyncio.get_running_loop().create_task(get()))

            interrupter = Interrupter(number, start_waiter)
            if not interrupter.run(lambda get=get: side.run(get)):
                break
            try:
                side.run(get_at_once, get, *waiters)
            except TimeoutError:
                pytest.fail(f"a task still waits after an interruption at {interrupter.line}")
            assert side.clock.slept == [], interrupter.line
    assert number > 40


@pytest.mark.parametrize("create", SUBJECTS)
@pytest.mark.parametrize("is_flight_canceled", [False, True])
def test_a_task_can_be_canceled_at_each_await(create, is_flight_canceled, tmp_path):
    async def cancel_after(number, get):
        leader, waiter = asyncio.create_task(get()), asyncio.create_task(get())
        for _ in range(number):
            await asyncio.sleep(0)
        if leader.done():
            return False
        canceled = asyncio.all_tasks() - {asyncio.current_task(), waiter}
        for task in canceled if is_flight_canceled else {leader}:
            task.cancel()
        await get_at_once(get, waiter)
        return True

    with quiet_side("aio-awaitable") as side:
        for number in itertools.count():
            if not side.run(cancel_after, number, create(side, tmp_path)):
                break
            assert side.clock.slept == []
    assert number > 2


# --- signals ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")
@pytest.mark.parametrize("subject", ["provider", "cache", "broker"])
def test_a_leader_can_be_interrupted_by_signals(subject):
    """Unlike the trace function, signals can also interrupt code of the standard library."""
    program = textwrap.dedent(
        """
        import logging, random, signal, sys, threading

        from cognito_credentials import CredentialBroker, from_cognito_identity_pool
        from cognito_credentials.testing import success_response, credentials_response

        POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
        IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"

        class Transport:
            def send(self, request):
                if request.headers["X-Amz-Target"].endswith("GetId"):
                    return success_response(IdentityId=IDENTITY)
                return credentials_response(IDENTITY)

            def close(self):
                pass

        def create():
            config = {"transport": Transport()}
            if sys.argv[1] == "broker":
                broker = CredentialBroker(POOL, client_config=config, prefetch_within=0)
                return lambda: broker.get("user", deadline=60)
            provider = from_cognito_identity_pool(POOL, client_config=config)
            return provider if sys.argv[1] == "provider" else provider.cached().get

        class Interruption(BaseException):
            pass

        def interrupt(*_):
            if is_armed:
                raise Interruption

        signal.signal(signal.SIGALRM, interrupt)
        create()()
        calls, interruptions, is_armed = 0, 0, False
        # The share of the calls that are interrupted depends on the speed of the machine.
        while calls < 500 or interruptions < 100:
            calls += 1
            get, results = create(), []
            try:
                is_armed = True
                signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 4e-4))
                get()
            except Interruption:
                interruptions += 1
            is_armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            caller = threading.Thread(target=lambda: results.append(get()), daemon=True)
            caller.start()
            caller.join(20)
            if not results:
                sys.exit(f"a caller waits after interruption {interruptions}")
        """
    )
    # Standard error is not checked, because Python reports exceptions in weak reference callbacks
    # on standard error.
    done = subprocess.run(
        [sys.executable, "-c", program, subject], timeout=120, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
