from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from moto.cognitoidp import models

from cognito_credentials.emulator.clock import MovableClock
from cognito_credentials.emulator.moto import time_source

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def installed() -> Iterator[None]:
    time_source.install()
    yield
    time_source.uninstall()


@pytest.mark.usefixtures("installed")
def test_moto_uses_the_clock_only_within_the_context():
    times_in_thread: list[float] = []
    with time_source.use_clock(MovableClock(lambda: 5.0)):
        with time_source.use_clock(MovableClock(lambda: 7.0)):
            assert models.time.time() == 7.0
        assert models.time.time() == 5.0
        thread = threading.Thread(target=lambda: times_in_thread.append(models.time.time()))
        thread.start()
        thread.join()
    assert abs(times_in_thread[0] - time.time()) < 60
    assert abs(models.time.time() - time.time()) < 60
    assert models.time.monotonic is time.monotonic


def test_the_last_uninstall_restores_the_real_time(monkeypatch: pytest.MonkeyPatch):
    # Another test's emulator may be running, so the count starts from 0 and is restored later.
    monkeypatch.setattr(time_source, "_running_emulators", 0)
    monkeypatch.setattr(models, "time", time)
    time_source.install()
    time_source.install()
    time_source.uninstall()
    assert models.time is not time
    time_source.uninstall()
    assert models.time is time
