from __future__ import annotations

import threading

from cognito_credentials.emulator.request_gate import RequestGate


def test_an_exclusive_block_waits_for_running_requests_and_stops_later_ones():
    gate, events = RequestGate(), list[str]()
    entered, finish, is_exclusive = (threading.Event() for _ in range(3))

    def run_request() -> None:
        with gate:
            entered.set()
            finish.wait(10)
            events.append("running request")

    def run_later_request() -> None:
        with gate:
            events.append("later request")

    def reset() -> None:
        with gate.exclusive(timeout=10):
            later.start()
            is_exclusive.set()
            later.join(0.05)
            events.append("reset")

    running, later = (
        threading.Thread(target=run_request),
        threading.Thread(target=run_later_request),
    )
    resetting = threading.Thread(target=reset)
    running.start()
    entered.wait(10)
    resetting.start()
    assert not is_exclusive.wait(0.05)
    finish.set()
    for thread in (running, resetting, later):
        thread.join(10)
    assert events == ["running request", "reset", "later request"]


def test_an_exclusive_block_does_not_wait_forever():
    gate = RequestGate()
    with gate, gate.exclusive(timeout=0.01):
        pass
    with gate:
        pass
