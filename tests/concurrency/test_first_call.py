"""A thousand callers make the first call at once: one GetId, whichever side it is."""

from __future__ import annotations

import asyncio
import threading

from harness import GET_CREDENTIALS, GET_ID, GOOGLE, IDENTITY, Side, jwt, operation_of

CROWD = 1000


class Latch:
    """Opens when a thousand have come."""

    def __init__(self):
        self._lock = threading.Lock()
        self._missing = CROWD
        self.all_are_here = threading.Event()

    def __call__(self):
        with self._lock:
            self._missing -= 1
            if self._missing == 0:
                self.all_are_here.set()
        return jwt()


def in_a_thousand_threads(function):
    """Return what each call returned; raises what one raised."""
    results, errors = [], []

    def work():
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)

    former = threading.stack_size(256 * 1024)
    try:
        threads = [threading.Thread(target=work, daemon=True) for _ in range(CROWD)]
        for thread in threads:
            thread.start()
    finally:
        threading.stack_size(former)
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    assert len(results) == CROWD
    return results


def test_a_thousand_threads_on_a_provider_call_get_id_once():
    latch = Latch()

    def get_id(request):
        # Held back until every thread has its login and is about to ask for the identity id.
        assert latch.all_are_here.wait(60)
        return side.id_answer()(request)

    with Side("sync") as side:
        subject = side.pool([get_id, side.credentials()], logins={GOOGLE: latch})
        found = in_a_thousand_threads(subject.provider)
    assert {credentials.identity_id for credentials in found} == {IDENTITY}
    assert subject.operations.count(GET_ID) == 1
    assert subject.operations.count(GET_CREDENTIALS) == CROWD


def test_a_thousand_threads_on_a_cache_fetch_once():
    together = threading.Barrier(CROWD)

    def get_once_all_are_here():
        together.wait(60)
        return subject.provider.cached().get()

    with Side("sync") as side:
        subject = side.pool([side.id_answer(), side.credentials()])
        found = in_a_thousand_threads(get_once_all_are_here)
    assert len(set(map(id, found))) == 1
    assert subject.operations == [GET_ID, GET_CREDENTIALS]


class Held:
    """An async transport whose first answer waits until a thousand tasks have asked."""

    def __init__(self, side, all_are_here):
        self.side = side
        self.all_are_here = all_are_here
        self.operations = []

    async def send(self, request):
        operation = operation_of(request)
        self.operations.append(operation)
        await self.all_are_here.wait()
        answer = self.side.id_answer() if operation == GET_ID else self.side.credentials()
        return answer(request)

    async def aclose(self):
        pass


def test_a_thousand_tasks_on_a_provider_call_get_id_once():
    async def program():
        all_are_here = asyncio.Event()
        count = 0

        async def supplier():
            nonlocal count
            count += 1
            if count == CROWD:
                all_are_here.set()
            return jwt()

        transport = Held(side, all_are_here)
        subject = side.pool([], logins={GOOGLE: supplier}, client_config={"transport": transport})
        found = await asyncio.gather(*(subject.provider() for _ in range(CROWD)))
        assert {credentials.identity_id for credentials in found} == {IDENTITY}
        assert transport.operations.count(GET_ID) == 1
        assert transport.operations.count(GET_CREDENTIALS) == CROWD

    with Side("aio") as side:
        side.run(program)


def test_a_thousand_tasks_on_a_cache_fetch_once():
    async def program():
        all_are_here = asyncio.Event()
        transport = Held(side, all_are_here)
        cache = side.pool([], client_config={"transport": transport}).provider.cached()
        tasks = [asyncio.create_task(cache.get()) for _ in range(CROWD)]
        while transport.operations != [GET_ID]:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        all_are_here.set()
        found = await asyncio.gather(*tasks)
        assert len(set(map(id, found))) == 1
        assert transport.operations == [GET_ID, GET_CREDENTIALS]

    with Side("aio") as side:
        side.run(program)
