from __future__ import annotations

import errno
import io
import subprocess
import sys
from argparse import Namespace

import pytest

from cognito_credentials import errors
from cognito_credentials._core import logs
from cognito_credentials.cli.reporting import exit_status

PLAIN, DEBUG = Namespace(debug=False), Namespace(debug=True)
REFUSAL = {"operation_name": "GetId", "code": "Code", "http_status": 400}


def raising(error: BaseException):
    def work() -> int:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.ConfigurationError("x"), 2),
        (errors.LoginTokenError("x", provider_name="y"), 3),
        (errors.CredentialsUnavailableError("x"), 3),
        (errors.LoginTokenExpired("x", **REFUSAL), 3),
        (errors.LoginTokenRejected("x", **REFUSAL), 3),
        (errors.LoginTokenRejected("x", **REFUSAL, is_retryable=True), 3),
        (errors.UnauthenticatedAccessDisabled("x", **REFUSAL), 3),
        (errors.IdentityPoolNotFound("x", **REFUSAL), 4),
        (errors.TooManyRequestsException("x", **REFUSAL, is_retryable=True), 5),
        (errors.RequestTimeoutError("x"), 5),
        (errors.RefreshTimeoutError("x"), 5),
        (errors.MalformedResponseError("x"), 1),
    ],
)
def test_each_kind_has_a_status_and_two_lines(error, status, capsys):
    assert exit_status.guarded(raising(error), PLAIN) == status
    out, err = capsys.readouterr()
    assert out == ""
    what, step = err.splitlines()
    assert what.startswith("cognito-credentials: ")
    assert step.startswith("Next: ")


def test_an_error_may_have_a_status_of_its_own():
    error = errors.ConfigurationError("x")
    error.exit_status = 126
    assert exit_status.status_of(error) == 126


def test_a_refusal_names_the_call_and_its_hint_is_the_next_step(capsys):
    error = errors.ServiceError("Too\nmany.", **REFUSAL, hint="Wait.")
    exit_status.guarded(raising(error), PLAIN)
    assert capsys.readouterr().err == (
        "cognito-credentials: GetId was refused with Code: Too many.\nNext: Wait.\n"
    )


def test_both_are_told_in_one_text():
    error = errors.ServiceError("Too many.", **REFUSAL, hint="Give logins=...")
    assert exit_status.told(error) == (
        "GetId was refused with Code: Too many. "
        "Next: Give a login (--login, or cognito-credentials login)"
    )


def test_what_works_is_left_alone(capsys):
    assert exit_status.guarded(lambda: 7, PLAIN) == 7
    assert capsys.readouterr() == ("", "")


def test_an_interruption_says_nothing(capsys):
    assert exit_status.guarded(raising(KeyboardInterrupt()), PLAIN) == 130
    assert capsys.readouterr() == ("", "")


def test_an_error_of_the_system_names_the_file(capsys):
    error = OSError(errno.ENOSPC, "No space left on device", "/a/file")
    assert exit_status.guarded(raising(error), PLAIN) == 1
    what, _ = capsys.readouterr().err.splitlines()
    assert what == "cognito-credentials: /a/file failed: No space left on device"


def test_a_fault_of_this_program_is_no_traceback_and_shows_no_text(capsys):
    assert exit_status.guarded(raising(RuntimeError("may hold anything")), PLAIN) == 1
    err = capsys.readouterr().err
    assert err.startswith("cognito-credentials: this should not have happened: RuntimeError\nNext:")
    assert "anything" not in err


def test_debug_tells_what_led_to_an_error_and_no_text_of_others(capsys, never_printed):
    error = errors.LoginTokenError("no token", provider_name="a.b")
    error.__cause__ = errors.ConfigurationError("no\nfile")
    error.__cause__.__cause__ = FileNotFoundError(2, "No such file or directory", "/a/file")
    error.__cause__.__cause__.__cause__ = RuntimeError(never_printed("hunter2-hunter2"))
    exit_status.guarded(raising(error), DEBUG)
    assert capsys.readouterr().err.splitlines()[:4] == [
        "failed with LoginTokenError (login-token)",
        "because of ConfigurationError: no file",
        "because of FileNotFoundError: No such file or directory /a/file",
        "because of RuntimeError",
    ]
    exit_status.guarded(raising(error), PLAIN)
    assert capsys.readouterr().err.splitlines()[0] == "cognito-credentials: no token"


@pytest.mark.parametrize(
    ("error", "is_traced"),
    [
        (errors.ConfigurationError("x"), False),
        (errors.LoginTokenError("x", provider_name="y"), False),
        (errors.ServiceError("x", **REFUSAL), False),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (RuntimeError("x"), True),
    ],
)
def test_a_traceback_is_for_what_should_not_have_happened(error, is_traced, capsys):
    exit_status.guarded(raising(error), DEBUG)
    assert ("Traceback" in capsys.readouterr().err) is is_traced
    exit_status.guarded(raising(error), PLAIN)
    assert "Traceback" not in capsys.readouterr().err


PRINTS = """
import sys
from argparse import Namespace
from cognito_credentials.cli.reporting import exit_status
sys.exit(exit_status.guarded(lambda: print("x") or 0, Namespace(debug=False)))
"""


# What is printed at once fails where it is printed, and the rest at the end.
buffering = pytest.mark.parametrize("options", [["-u"], []], ids=["at once", "buffered"])


@pytest.fixture(autouse=True)
def by_options_alone(monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@buffering
def test_a_reader_that_has_gone_is_no_news(options):
    with subprocess.Popen(
        [sys.executable, *options, "-c", PRINTS], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


@buffering
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a device of Linux")
def test_a_full_disk_is_told_once(options):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, *options, "-c", PRINTS],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[0] == (
        "cognito-credentials: writing failed: No space left on device"
    )
    assert done.stderr.count(b"\n") == 2


@pytest.mark.parametrize("is_terminal", [False, True])
def test_on_a_terminal_what_is_waited_for_is_shown(is_terminal, monkeypatch):
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return is_terminal

    monkeypatch.setattr(sys, "stderr", Stream())
    monkeypatch.setenv("TERM", "xterm")
    has_display = exit_status.guarded(lambda: int(logs.wait_display is not None), PLAIN)
    assert has_display == is_terminal
    assert logs.wait_display is None
