"""Tests for the guards in conftest.py, and for tests with many cases."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cases import check_each

FAILED_TEST = pytest.fail.Exception

LEAKS = {
    "print": "print(secret)",
    "log": "logging.getLogger('cognito_credentials.any').debug('%s', secret)",
    "traceback": "raise RuntimeError(secret)",
    "nothing": "pass",
}


def test_connecting_to_another_host_fails():
    with pytest.raises(FAILED_TEST, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 443), timeout=1)


@pytest.mark.parametrize("host", ["cognito-identity.example", b"cognito-identity.example"])
def test_resolving_another_host_fails(host):
    with pytest.raises(FAILED_TEST, match=r"cognito-identity\.example"):
        socket.getaddrinfo(host, 443)


def test_sending_a_datagram_to_another_host_fails():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        pytest.raises(FAILED_TEST, match="sendto"),
    ):
        sender.sendto(b"?", ("192.0.2.1", 53))


def test_connecting_to_this_machine_succeeds():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        socket.create_connection(("localhost", server.getsockname()[1])).close()


def test_settings_of_the_machine_are_removed(home):
    aws = {name for name in os.environ if name.startswith("AWS_")}
    assert aws == {
        "AWS_CONFIG_FILE",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_SHARED_CREDENTIALS_FILE",
    }
    assert not any(name.upper().endswith("_PROXY") for name in os.environ)
    assert os.environ.keys().isdisjoint({"SSL_CERT_FILE", "PYTHONUNBUFFERED"})
    assert Path.home() == home
    assert not list(home.iterdir())


def test_a_home_directory_is_shared_until_it_is_changed(empty_homes):
    changes = [lambda home: (home / "file").touch(), lambda home: home.chmod(0o500), Path.rmdir]
    for change in changes:
        home = empty_homes.get()
        assert empty_homes.get() == home
        change(home)
        assert empty_homes.get() != home


def test_printing_a_secret_fails_the_test(tmp_path):
    shutil.copy(Path(__file__).parent / "conftest.py", tmp_path)
    (tmp_path / "test_leak.py").write_text(
        "import logging\n"
        + "".join(
            f"def test_{leak}(never_printed):\n"
            "    secret = never_printed('-'.join(['s3cr3t', 'value']))\n"
            f"    {line}\n"
            for leak, line in LEAKS.items()
        )
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "s3cr3t-value" not in run.stdout + run.stderr
    outcomes = re.findall(r"^(PASSED|FAILED) test_leak\.py::test_(\w+)", run.stdout, re.MULTILINE)
    assert {leak: outcome for outcome, leak in outcomes} == {
        leak: "PASSED" if leak == "nothing" else "FAILED" for leak in LEAKS
    }
    for leak in LEAKS.keys() - {"nothing"}:
        assert f"test_{leak} (call) printed a secret; the output is not shown" in run.stdout


async def test_a_call_from_another_thread_fails():
    loop = asyncio.get_running_loop()
    with pytest.raises(RuntimeError, match="Non-thread-safe"):
        await asyncio.to_thread(loop.call_soon, print)


def test_every_failed_case_is_reported():
    @check_each("number", [1, 2, 3])
    @check_each("other", lambda: [2])
    def check(number, other):
        assert number == other

    with pytest.raises(ExceptionGroup) as caught:
        check()
    assert [error.__notes__ for error in caught.value.exceptions] == [
        ["case: {'number': 1}"],
        ["case: {'number': 3}"],
    ]


def test_a_test_without_cases_fails():
    with pytest.raises(AssertionError, match="no case"):
        check_each("number", [])(lambda number: None)()
