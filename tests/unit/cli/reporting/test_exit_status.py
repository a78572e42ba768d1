from __future__ import annotations

import errno
import io
import subprocess
import sys
from argparse import Namespace

import pytest

from cognito_credentials import errors
from cognito_credentials._core import logs
from cognito_credentials._core.hints import Hint
from cognito_credentials.cli.program import run_and_report
from cognito_credentials.cli.reporting import exit_status

PLAIN, DEBUG = Namespace(debug=False), Namespace(debug=True)
RESPONSE = {"operation_name": "GetId", "code": "Code", "http_status": 400}


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
        (errors.LoginTokenExpired("x", **RESPONSE), 3),
        (errors.LoginTokenRejected("x", **RESPONSE), 3),
        (errors.LoginTokenRejected("x", **RESPONSE, is_retryable=True), 3),
        (errors.UnauthenticatedAccessDisabled("x", **RESPONSE), 3),
        (errors.IdentityPoolNotFound("x", **RESPONSE), 4),
        (errors.TooManyRequestsException("x", **RESPONSE, is_retryable=True), 5),
        (errors.RequestTimeoutError("x"), 5),
        (errors.RefreshTimeoutError("x"), 5),
        (errors.MalformedResponseError("x"), 1),
    ],
)
def test_every_kind_of_error_has_an_exit_status_and_three_lines(error, status, capsys):
    assert run_and_report(raising(error), PLAIN) == status
    out, err = capsys.readouterr()
    assert out == ""
    message, step, url = err.splitlines()
    assert message.startswith("cognito-credentials: ")
    assert step.startswith("Next: ")
    assert url == errors.documentation_url(error.reason)


def test_an_exit_status_of_the_error_takes_precedence():
    error = errors.ConfigurationError("x")
    error.exit_status = 126
    assert exit_status.exit_status_of(error) == 126


def test_a_report_names_the_operation_and_its_next_step_is_the_hint(capsys):
    error = errors.ServiceError("Too\nmany.", **RESPONSE, hint="Wait.")
    run_and_report(raising(error), PLAIN)
    assert capsys.readouterr().err == (
        "cognito-credentials: GetId failed with Code: Too many.\nNext: Wait.\n"
        f"{errors.documentation_url('service-error')}\n"
    )


def test_message_and_next_step_are_joined_to_a_single_text():
    error = errors.ServiceError("Too many.", **RESPONSE, hint=Hint("Check {endpoint_url}."))
    assert exit_status.describe_error_and_next_step(error) == (
        "GetId failed with Code: Too many. Next: Check --endpoint-url. "
        f"See {errors.documentation_url('service-error')}"
    )


def test_a_command_that_succeeds_reports_nothing(capsys):
    assert run_and_report(lambda: 7, PLAIN) == 7
    assert capsys.readouterr() == ("", "")


def test_an_interruption_reports_nothing(capsys):
    assert run_and_report(raising(KeyboardInterrupt()), PLAIN) == 130
    assert capsys.readouterr() == ("", "")


def test_an_os_error_names_the_file(capsys):
    error = OSError(errno.ENOSPC, "No space left on device", "/a/file")
    assert run_and_report(raising(error), PLAIN) == 1
    message, _ = capsys.readouterr().err.splitlines()
    assert message == "cognito-credentials: /a/file failed: No space left on device"


def test_an_unexpected_exception_is_reported_without_traceback_and_text(capsys):
    assert run_and_report(raising(RuntimeError("a secret")), PLAIN) == 1
    err = capsys.readouterr().err
    assert err.startswith("cognito-credentials: internal error: RuntimeError\nNext:")
    assert "secret" not in err


def test_debug_reports_the_causes_without_the_texts_of_other_packages(capsys, never_printed):
    error = errors.LoginTokenError("no token", provider_name="a.b")
    error.__cause__ = errors.ConfigurationError("no\nfile")
    error.__cause__.__cause__ = FileNotFoundError(2, "No such file or directory", "/a/file")
    error.__cause__.__cause__.__cause__ = RuntimeError(never_printed("hunter2-hunter2"))
    run_and_report(raising(error), DEBUG)
    assert capsys.readouterr().err.splitlines()[:4] == [
        "failed with LoginTokenError (login-token)",
        "caused by ConfigurationError: no file",
        "caused by FileNotFoundError: No such file or directory /a/file",
        "caused by RuntimeError",
    ]
    run_and_report(raising(error), PLAIN)
    assert capsys.readouterr().err.splitlines()[0] == "cognito-credentials: no token"


@pytest.mark.parametrize(
    ("error", "is_traced"),
    [
        (errors.ConfigurationError("x"), False),
        (errors.LoginTokenError("x", provider_name="y"), False),
        (errors.ServiceError("x", **RESPONSE), False),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (RuntimeError("x"), True),
    ],
)
def test_only_unexpected_errors_have_a_traceback_with_debug(error, is_traced, capsys):
    run_and_report(raising(error), DEBUG)
    assert ("Traceback" in capsys.readouterr().err) is is_traced
    run_and_report(raising(error), PLAIN)
    assert "Traceback" not in capsys.readouterr().err


PRINTS = """
import sys
from argparse import Namespace
from cognito_credentials.cli.program import run_and_report
sys.exit(run_and_report(lambda: print("x") or 0, Namespace(debug=False)))
"""


# If output is unbuffered, the write itself fails; if it is buffered, the flush at exit fails.
buffering = pytest.mark.parametrize("options", [["-u"], []], ids=["unbuffered", "buffered"])


@pytest.fixture(autouse=True)
def no_unbuffered_variable(monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@buffering
def test_a_closed_pipe_is_not_reported(options):
    with subprocess.Popen(
        [sys.executable, *options, "-c", PRINTS], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


@buffering
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a device of Linux")
def test_a_full_disk_is_reported_once(options):
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
def test_progress_is_shown_only_on_a_terminal(is_terminal, monkeypatch):
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return is_terminal

    monkeypatch.setattr(sys, "stderr", Stream())
    monkeypatch.setenv("TERM", "xterm")
    has_display = run_and_report(lambda: int(logs.wait_display is not None), PLAIN)
    assert has_display == is_terminal
    assert logs.wait_display is None
