from __future__ import annotations

import io
import logging
import os
import sys
from argparse import Namespace

import pytest
from wait_displays import recorded_waits

from cognito_credentials._core import logs
from cognito_credentials.cli.reporting import debug_log
from cognito_credentials.cli.settings.resolution import load_settings, resolve

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


def test_debug_records_are_printed_only_within_the_block(capsys):
    handlers = list(logging.getLogger(logs.NAME).handlers)
    with debug_log.debug_output():
        logs.debug("one")
    logs.debug("two")
    err = capsys.readouterr().err
    assert " ms  one\n" in err
    assert "two" not in err
    assert logging.getLogger(logs.NAME).handlers == handlers


def test_a_record_of_any_module_is_one_line_without_control_characters(capsys):
    with debug_log.debug_output():
        logs.debug("one %s", "a\n0 ms  forged\033[2J")
        logging.getLogger(f"{logs.NAME}.emulator").warning("two %s", "a\n0 ms  forged\033[2J")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" ms  ")[2] for line in lines] == [
        r"one a 0 ms  forged\x1b[2J",
        r"two a 0 ms  forged\x1b[2J",
    ]


def test_every_setting_is_logged_with_its_source(capsys, monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_USER", "ada")
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    given = {
        "identity_pool_id": POOL,
        "logins": ["accounts.google.com=env:SECRET_NAME"],
        "endpoint_url": "http://127.0.0.1:1",
    }
    with debug_log.debug_output():
        debug_log.log_settings(resolve(given, os.environ))
    lines = [line.split("  ", 1)[1].strip() for line in capsys.readouterr().err.splitlines()]
    records = [line.partition("ms  ")[2] or line for line in lines]
    assert f"identity_pool_id = {POOL} (option --identity-pool-id)" in records
    assert (
        "logins = accounts.google.com from EnvironmentToken('SECRET_NAME') (option --login)"
        in records
    )
    assert "user = ada (environment variable AWS_COGNITO_USER)" in records
    assert "retry_mode = standard (environment variable AWS_RETRY_MODE)" in records
    assert "endpoint_url = http://127.0.0.1:1 (option --endpoint-url)" in records
    assert "sts_endpoint_url = http://127.0.0.1:1 (option --endpoint-url)" in records
    assert "region = us-east-1 (from the ID)" in records
    assert "Endpoint of Amazon Cognito: http://127.0.0.1:1" in records


def test_without_an_identity_pool_only_the_profile_is_logged(capsys):
    with debug_log.debug_output():
        debug_log.log_settings(resolve({}, os.environ))
    assert "  profile default in " in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    [
        {"logins": ["accounts.google.com=the-token-itself"]},
        {"client_secret": "the-secret-itself"},
        {"issuer": "https://ann:itself@login.example.com"},
        {"identity_pool_id": "the pool"},
        {"endpoint_url": "nowhere"},
    ],
)
def test_invalid_settings_are_logged_without_secrets(given, capsys):
    with debug_log.debug_output():
        debug_log.log_settings(resolve(given, os.environ))
    assert "itself" not in capsys.readouterr().err


def test_settings_are_logged_only_with_debug(capsys):
    with debug_log.debug_output():
        load_settings(Namespace(debug=False))
        assert capsys.readouterr().err == ""
        load_settings(Namespace(debug=True))
    assert "  profile default in " in capsys.readouterr().err


def test_a_debug_line_clears_the_display_of_waits():
    with debug_log.debug_output(), recorded_waits() as events:
        logs.debug("one")
    assert events == [("clear",)]


def test_waits_are_shown_with_debug_output(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with debug_log.debug_output():
        assert logs.wait_display is not None
    assert logs.wait_display is None
