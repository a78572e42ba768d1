"""Processes to which one `ProviderConfig` is sent must share the credentials of one identity."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import GET_CREDENTIALS, GET_ID

from cognito_credentials.emulator import Emulator

PROGRAM = Path(__file__).with_name("fetch_in_pool.py")
PROCESS_COUNT = 8
HOUR = 3600


@pytest.fixture(scope="module")
def own_emulator():
    with Emulator(account_id="777788889999") as emulator:
        yield emulator


class Pool:
    """A pool of processes that use one config."""

    def __init__(self, emulator, start_method, side):
        self.emulator = emulator
        pool = emulator.create_identity_pool(guests=[])
        arguments = {
            "identity_pool_id": pool.id,
            "client_config": {"endpoint_url": emulator.endpoint_url},
        }
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), start_method, side, json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ahead = emulator.clock.now() - time.time()
        self.calls_before = len(emulator.calls)

    def fetch(self):
        """Let all processes get credentials, and return their distinct results."""
        self.process.stdin.write(f"{self.ahead}\n")
        self.process.stdin.flush()
        count, *results = self.process.stdout.readline().split()
        assert int(count) == PROCESS_COUNT
        return results

    def advance(self, seconds):
        self.emulator.clock.advance(seconds)
        self.ahead += seconds

    @property
    def calls(self):
        return [call.operation for call in self.emulator.calls[self.calls_before :]]


@pytest.fixture
def create_pool(own_emulator):
    pools = []

    def create(start_method, side):
        pools.append(Pool(own_emulator, start_method, side))
        return pools[-1]

    yield create
    for pool in pools:
        pool.process.communicate(timeout=60)
        assert pool.process.returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no forkserver on this system")
@pytest.mark.parametrize("side", ["sync", "aio"])
def test_a_forkserver_pool_makes_one_call_per_hour(create_pool, side):
    pool = create_pool("forkserver", side)
    results = [pool.fetch()]
    for _ in range(3):
        results.append(pool.fetch())  # The credentials from the previous call are still valid.
        pool.advance(HOUR + 1)
        results.append(pool.fetch())
    assert [len(result) for result in results] == [1] * len(results)
    assert pool.calls == [GET_ID] + [GET_CREDENTIALS] * 4
    keys, identities = zip(*(result[0].split("/") for result in results), strict=True)
    assert len(set(keys)) == 4
    assert len(set(identities)) == 1


@pytest.mark.parametrize("start_method", ["spawn", "fork"])
def test_other_pools_share_too(create_pool, start_method):
    if start_method == "fork" and not hasattr(os, "fork"):
        pytest.skip("there is no fork on this system")
    pool = create_pool(start_method, "sync")
    assert len(pool.fetch()) == 1
    assert pool.calls == [GET_ID, GET_CREDENTIALS]
