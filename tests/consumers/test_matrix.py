"""Consumers must survive expired credentials, a failed refresh and a rejection.

The emulator records which access key signed each request. With `UPDATE_CONSUMERS=1`, the test writes
the results to tests/consumers/results; otherwise, it compares them with these files. `make docs`
generates the table in docs/consumers.md from the results.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
from contextlib import ExitStack
from functools import cache
from importlib.metadata import requires
from typing import TYPE_CHECKING, Any, Self

import pytest
from consumer_definitions import ROOT, Consumer, load_consumers
from consumer_environment import MARKS, write_token_file

from cognito_credentials.emulator import Emulator, Fault, allow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cognito_credentials.emulator import RecordedCall, User

PROGRAM = ROOT / "tests" / "consumers" / "program.py"
# The environment with the oldest supported versions of the libraries; see requirements/.
FLOORS = "consumer-floors"
KEY = "folder/object.txt"


class Account:
    """An emulated account with an identity pool, a user, and a bucket with one object."""

    def __init__(self, emulator: Emulator, bucket: str) -> None:
        self.emulator = emulator
        self.bucket = bucket
        emulator.create_bucket(bucket, {KEY: "contents"})
        grants = [allow("*", "*")]
        self.pool = emulator.create_identity_pool("consumers", guests=grants, signed_in=grants)
        self.user = self.pool.create_user("ann")


@pytest.fixture(scope="module")
def accounts() -> Iterator[Callable[[int], Account]]:
    """A function that returns the account whose credentials have a given lifetime, in seconds."""
    with ExitStack() as stack:

        @cache
        def get_account(lifetime: int) -> Account:
            # Emulators in the same process must have different accounts and buckets.
            emulator = Emulator(account_id=f"11112222{lifetime:04}", credential_lifetime=lifetime)
            return Account(stack.enter_context(emulator), f"bucket-of-consumers-{lifetime}")

        yield get_account


class Program:
    """A process that runs the definition of a consumer; see tests/consumers/program.py."""

    def __init__(
        self, consumer: Consumer, account: Account, user: User | None, directory: Path
    ) -> None:
        self._emulator = account.emulator
        self._lifetime = consumer.lifetime
        self._user = user
        self._token_file = directory / "token"
        self._write_token()
        settings = {
            "endpoint_url": account.emulator.endpoint_url,
            "region": account.emulator.region,
            "bucket": account.bucket,
            "key": KEY,
            "pool": account.pool.id,
            "logins": {account.pool.login_provider_name: str(self._token_file)} if user else {},
        }
        self._process = subprocess.Popen(
            [consumer.python, PROGRAM, consumer.name, json.dumps(settings)],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(directory),
                "PYTHONPATH": str(ROOT / "src"),
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_METADATA_ENDPOINT": "http://127.0.0.1:1",
                "NO_PROXY": "127.0.0.1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._mark = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def run(self, command: str) -> dict[str, Any]:
        """Run a command in the program; `fetches` and `signed` then count from this command."""
        self._mark = len(self._emulator.calls)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._process.communicate(timeout=60)[1]
        response: dict[str, Any] = json.loads(line)
        return response

    def expire(self, *, provider_notices: bool = True) -> None:
        """Let all credentials and login tokens expire.

        Args:
            provider_notices: Whether the clock of the provider advances as well. Otherwise, the
                service rejects credentials that are valid according to the provider.
        """
        self._emulator.clock.advance(self._lifetime + 1)
        self._write_token()
        if provider_notices:
            self.run(f"advance {self._lifetime + 1}")
            self.run("recheck")

    def fetches(self) -> int:
        return sum(call.operation == "GetCredentialsForIdentity" for call in self._calls())

    def signed(self) -> list[RecordedCall]:
        """Return the signed requests since the last command."""
        return [call for call in self._calls() if call.access_key_id]

    def _calls(self) -> list[RecordedCall]:
        # Leave out the requests of administrators, whose keys begin with AKIA.
        return [
            call
            for call in self._emulator.calls[self._mark :]
            if not (call.access_key_id or "").startswith("AKIA")
        ]

    def _write_token(self) -> None:
        if self._user is not None:
            write_token_file(self._token_file, self._user.id_token())


def is_rejected(call: RecordedCall) -> bool:
    """Return True if the service rejected the access key; a missing object is not a rejection."""
    return call.status in {400, 401, 403}


def use(program: Program) -> str:
    """Send a request, which must succeed, and return the access key that signed it."""
    response = program.run("use")
    assert response == {}, response
    keys = {call.access_key_id for call in program.signed()}
    assert len(keys) == 1, program.signed()
    assert not any(map(is_rejected, program.signed())), program.signed()
    key = keys.pop()
    assert key is not None
    return key


def observe(program: Program, emulator: Emulator) -> dict[str, Any]:
    """Run all steps, and return the results that may differ between libraries."""
    # The second request is signed with the same credentials as the first request.
    first = use(program)
    assert program.fetches() == 1
    assert use(program) == first
    assert program.fetches() == 0

    # After an expiration, the next request has a new key.
    program.expire()
    second = use(program)
    assert second != first
    assert program.fetches() == 1

    # If Cognito rejects the refresh, no request is sent with an expired key.
    program.expire()
    emulator.faults.add(
        Fault("GetCredentialsForIdentity", "error", None, code="NotAuthorizedException", status=400)
    )
    try:
        rejected_refresh = program.run("use")
        assert "error" in rejected_refresh
        assert all(call.access_key_id not in (first, second) for call in program.signed())
    finally:
        emulator.faults.clear()
    program.run("advance 10")
    third = use(program)
    assert third not in (first, second)

    # The service rejects a key that is valid according to the provider.
    program.expire(provider_notices=False)
    rejected = program.run("use")
    rejections = sum(map(is_rejected, program.signed()))
    recovers = rejected == {}
    if not recovers:
        program.run("mark-rejected")
        program.run("recheck")
    assert use(program) != third
    return {
        "error_if_refresh_fails": rejected_refresh["error"],
        "error_names_cause": "NotAuthorizedException" in rejected_refresh["message"],
        "recovers_from_rejection": recovers,
        "rejected_requests": rejections,
    }


@pytest.mark.parametrize("identity", ["guest", "signed-in"])
@pytest.mark.parametrize(
    "consumer",
    [
        pytest.param(
            consumer,
            marks={"": [], "consumers": MARKS}.get(consumer.environment, [pytest.mark.peer]),
        )
        for consumer in load_consumers().values()
    ],
    ids=lambda consumer: consumer.name,
)
def test_consumer(
    consumer: Consumer, identity: str, accounts: Callable[[int], Account], tmp_path: Path
):
    account = accounts(consumer.lifetime)
    user = None if identity == "guest" else account.user
    with Program(consumer, account, user, tmp_path) as program:
        version = program.run("version")["version"]
        observed = observe(program, account.emulator)
    recorded: dict[str, Any] = {}
    if consumer.results.exists():
        recorded = json.loads(consumer.results.read_text(encoding="utf-8"))
    if os.environ.get("UPDATE_CONSUMERS"):
        recorded |= {"version": version, identity: observed}
        consumer.results.parent.mkdir(exist_ok=True)
        text = json.dumps(recorded, indent=2, sort_keys=True)
        consumer.results.write_text(f"{text}\n", encoding="utf-8")
    # The version may differ, because the library may have been updated since the recording.
    assert observed == recorded[identity], (
        "the results differ: set UPDATE_CONSUMERS=1, and then run `make docs`"
    )


def list_minimum_versions() -> dict[str, str]:
    """Return the minimum versions in the extras of this package, by the names of the libraries."""
    matches = (
        re.match(r"([\w-]+)>=([\d.]+)", requirement)
        for requirement in requires("cognito-credentials") or ()
    )
    return {match[1]: match[2] for match in matches if match}


MINIMUM_VERSIONS = list_minimum_versions()


@pytest.mark.parametrize(
    "consumer",
    [
        pytest.param(dataclasses.replace(consumer, environment=FLOORS), marks=MARKS)
        for consumer in load_consumers().values()
        if consumer.environment == "consumers"
        and (consumer.package in MINIMUM_VERSIONS or consumer.name.startswith("aws-sdk"))
        # The S3 client of the minimum version sends requests only to the default ports.
        and consumer.name != "awscrt-s3"
    ],
    ids=lambda consumer: consumer.name,
)
def test_consumer_of_the_minimum_version(
    consumer: Consumer, accounts: Callable[[int], Account], tmp_path: Path
):
    account = accounts(consumer.lifetime)
    with Program(consumer, account, None, tmp_path) as program:
        version = program.run("version")["version"]
        assert version.startswith(MINIMUM_VERSIONS.get(consumer.package, ""))
        observe(program, account.emulator)
