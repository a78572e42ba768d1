"""If a thousand callers make the first call at the same time, GetId is called only once."""

from __future__ import annotations

import asyncio
import threading

from harness import GET_CREDENTIALS, GET_ID, GOOGLE, IDENTITY, Side, jwt, operation_of

CALLERS = 1000


class Latch:
    """Login token supplier that sets `is_open` once every caller has called it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._missing = CALLERS
        self.is_open = threading.Event()

    def __call__(self):
        with self._lock:
            self._missing -= 1
            if self._missing == 0:
                self.is_open.set()
        return jwt()


def call_in_threads(function):
    """Call a function in a thousand threads; return all results, or raise one of the errors."""
    results, errors = [], []

    def work():
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - the main thread raises the error
            errors.append(error)

    former = threading.stack_size(256 * 1024)
    try:
        threads = [threading.Thread(target=work, daemon=True) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
    finally:
        threading.stack_size(former)
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    assert len(results) == CALLERS
    return results


def test_a_thousand_threads_on_a_provider_call_get_id_once():
    latch = Latch()

    def get_id(request):
        # Wait until every thread has its login token and needs the identity ID.
        assert latch.is_open.wait(60)
        return side.id_response()(request)

    with Side("sync") as side:
        subject = side.pool([get_id, side.credentials()], logins={GOOGLE: latch})
        results = call_in_threads(subject.provider)
    assert {credentials.identity_id for credentials in results} == {IDENTITY}
    assert subject.operations.count(GET_ID) == 1
    assert subject.operations.count(GET_CREDENTIALS) == CALLERS


def test_a_thousand_threads_on_a_cache_fetch_once():
    together = threading.Barrier(CALLERS)

    def get_together():
        together.wait(60)
        return subject.provider.cached().get()

    with Side("sync") as side:
        subject = side.pool([side.id_response(), side.credentials()])
        results = call_in_threads(get_together)
    assert len(set(map(id, results))) == 1
    assert subject.operations == [GET_ID, GET_CREDENTIALS]


class GatedTransport:
    """An async transport that responds once every task has requested credentials."""

    def __init__(self, side, all_have_called):
        self.side = side
        self.is_open = all_have_called
        self.operations = []

    async def send(self, request):
        operation = operation_of(request)
        self.operations.append(operation)
        await self.is_open.wait()
        response = self.side.id_response() if operation == GET_ID else self.side.credentials()
        return response(request)

    async def aclose(self):
        pass


def test_a_thousand_tasks_on_a_provider_call_get_id_once():
    async def program():
        all_have_called = asyncio.Event()
        count = 0

        async def supplier():
            nonlocal count
            count += 1
            if count == CALLERS:
                all_have_called.set()
            return jwt()

        transport = GatedTransport(side, all_have_called)
        subject = side.pool([], logins={GOOGLE: supplier}, client_config={"transport": transport})
        results = await asyncio.gather(*(subject.provider() for _ in range(CALLERS)))
        assert {credentials.identity_id for credentials in results} == {IDENTITY}
        assert transport.operations.count(GET_ID) == 1
        assert transport.operations.count(GET_CREDENTIALS) == CALLERS

    with Side("aio") as side:
        side.run(program)


def test_a_thousand_tasks_on_a_cache_fetch_once():
    async def program():
        all_have_called = asyncio.Event()
        transport = GatedTransport(side, all_have_called)
        cache = side.pool([], client_config={"transport": transport}).provider.cached()
        tasks = [asyncio.create_task(cache.get()) for _ in range(CALLERS)]
        while transport.operations != [GET_ID]:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        all_have_called.set()
        results = await asyncio.gather(*tasks)
        assert len(set(map(id, results))) == 1
        assert transport.operations == [GET_ID, GET_CREDENTIALS]

    with Side("aio") as side:
        side.run(program)
