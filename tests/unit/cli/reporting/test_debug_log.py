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


def test_the_log_is_shown_while_it_is_asked_for(capsys):
    handlers = list(logging.getLogger(logs.NAME).handlers)
    with debug_log.shown():
        logs.debug("one")
    logs.debug("two")
    err = capsys.readouterr().err
    assert " ms  one\n" in err
    assert "two" not in err
    assert logging.getLogger(logs.NAME).handlers == handlers


def test_each_value_has_its_source_and_a_login_no_token(capsys, monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_USER", "ada")
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    given = {
        "identity_pool_id": POOL,
        "logins": ["accounts.google.com=env:SECRET_NAME"],
        "endpoint_url": "http://127.0.0.1:1",
    }
    with debug_log.shown():
        debug_log.describe(resolve(given, os.environ))
    lines = [line.split("  ", 1)[1].strip() for line in capsys.readouterr().err.splitlines()]
    shown = [line.partition("ms  ")[2] or line for line in lines]
    assert f"identity_pool_id = {POOL} (option --identity-pool-id)" in shown
    assert (
        "logins = accounts.google.com from EnvironmentToken('SECRET_NAME') (option --login)"
        in shown
    )
    assert "user = ada (environment AWS_COGNITO_USER)" in shown
    assert "retry_mode (environment AWS_RETRY_MODE)" in shown
    assert "endpoint_url = http://127.0.0.1:1 (option --endpoint-url)" in shown
    assert "sts_endpoint_url = http://127.0.0.1:1 (option --endpoint-url)" in shown
    assert "region = us-east-1 (as in the id)" in shown
    assert "Cognito Identity is at http://127.0.0.1:1" in shown


def test_without_a_pool_there_is_only_the_profile(capsys):
    with debug_log.shown():
        debug_log.describe(resolve({}, os.environ))
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
def test_what_is_wrong_is_for_the_verb_to_say_and_no_secret_is_shown(given, capsys):
    with debug_log.shown():
        debug_log.describe(resolve(given, os.environ))
    assert "itself" not in capsys.readouterr().err


def test_settings_are_logged_only_with_debug(capsys):
    with debug_log.shown():
        load_settings(Namespace(debug=False))
        assert capsys.readouterr().err == ""
        load_settings(Namespace(debug=True))
    assert "  profile default in " in capsys.readouterr().err


def test_a_debug_line_clears_the_display_of_waits():
    with debug_log.shown(), recorded_waits() as events:
        logs.debug("one")
    assert events == [("clear",)]


def test_waits_are_shown_as_well(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with debug_log.shown():
        assert logs.wait_display is not None
    assert logs.wait_display is None
