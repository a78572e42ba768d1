from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from cognito_credentials.cli.checks.configuration import (
    Settings,
    check_configuration,
    check_selection,
)
from cognito_credentials.cli.checks.report import Report, Row
from cognito_credentials.cli.program import create_parser

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
ROLE = "arn:aws:iam::123456789012:role/app"


def options(*words: str) -> Namespace:
    return create_parser("doctor").parse_args(words)


def checked(*words: str) -> tuple[Any, dict[str, Row]]:
    shown: list[Row] = []
    report = Report(shown.append)
    selection = check_selection(report, options(*words))
    settings = None if selection is None else check_configuration(report, selection)
    if settings is not None:
        settings.provider.close()
    return settings, {row.check: row for row in shown}


def test_each_value_is_said_with_its_source(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    settings, rows = checked("--role-arn", ROLE)
    assert isinstance(settings, Settings)
    assert (settings.is_basic, settings.is_guest) == (True, True)
    assert {check: row.text for check, row in rows.items() if check != "profile"} == {
        "identity_pool_id": f"{POOL}  (environment AWS_COGNITO_IDENTITY_POOL_ID)",
        "role_arn": f"{ROLE}  (option --role-arn)",
        "endpoint": "http://127.0.0.1:5000  (environment AWS_ENDPOINT_URL)",
        "STS endpoint": "http://127.0.0.1:5000  (environment AWS_ENDPOINT_URL)",
        "settings": "max_attempts (environment AWS_MAX_ATTEMPTS)",
    }
    assert rows["profile"].text.startswith("nothing in profile default in ")


def test_of_logins_only_the_keys_are_said(never_printed):
    word = never_printed("command-with-a-password")
    settings, rows = checked(
        "--identity-pool-id", POOL, "--login", f"accounts.google.com=cmd:print {word}"
    )
    assert not settings.is_guest
    assert rows["logins"].text == "accounts.google.com  (option --login)"
    assert rows["endpoint"].text.endswith("us-east-1.amazonaws.com  (the region's own)")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no identity pool is named"),
        (("--identity-pool-id", "us-east-1_abc"), "this is a user pool ID"),
        (("--identity-pool-id", POOL, "--role-arn", "app"), "is not the ARN of a role"),
        (("--identity-pool-id", POOL, "--region", "eu-west-1"), "the id says 'us-east-1'"),
        (("--identity-pool-id", POOL, "--login", "x.example=y"), "the token of login 'x.example'"),
        (("--identity-pool-id", POOL, "--profile", "none"), "which is not in"),
    ],
)
def test_what_is_wrong_is_said_once(home: Path, words: tuple[str, ...], said: str):
    settings, rows = checked(*words)
    assert settings is None
    assert rows["configuration"].result == "failed"
    assert said in rows["configuration"].text
    assert rows["configuration"].fix


def test_a_password_in_an_address_is_not_shown(never_printed):
    password = never_printed("pass-of-ann")
    _, rows = checked(
        *("--identity-pool-id", POOL, "--client-id", "c"),
        *("--issuer", f"https://ann:{password}@login.example.com/x"),
    )
    assert rows["issuer"].text == "https://…@login.example.com/x  (option --issuer)"


def test_a_client_secret_is_not_shown_where_it_should_not_be(never_printed):
    secret = never_printed("a-client-secret-9")
    issuer = ("--identity-pool-id", POOL, "--issuer", "https://login.example", "--client-id", "app")
    for given, shown in (
        (secret, "not shown"),
        (f"cmd:print {secret}", "of a command"),
        ("env:SECRET", "env:SECRET"),
    ):
        _, rows = checked(*issuer, "--client-secret", given)
        assert rows["client_secret"].text == f"{shown}  (option --client-secret)"


def test_who_is_not_signed_in_is_told_so():
    settings, rows = checked(
        *("--identity-pool-id", POOL, "--issuer", "https://login.example", "--client-id", "app"),
        *("--login", "accounts.google.com=env:TOKEN"),
    )
    assert settings is None
    assert rows["logins"].text == "accounts.google.com  (option --login)"
    assert (rows["session"].result, "nobody is signed in" in rows["session"].text) == (
        "failed",
        True,
    )
