from __future__ import annotations

import pytest

from cognito_credentials.cli.checks.configuration import (
    CheckedConfiguration,
    check_configuration,
    check_settings,
)
from cognito_credentials.cli.checks.report import CheckResult, Report
from cognito_credentials.cli.dispatch import create_parser

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
ROLE = "arn:aws:iam::123456789012:role/app"


def check(*words: str) -> tuple[CheckedConfiguration | None, dict[str, CheckResult]]:
    results: list[CheckResult] = []
    report = Report(results.append)
    settings = check_settings(report, create_parser("doctor").parse_args(words))
    configuration = None if settings is None else check_configuration(report, settings)
    if configuration is not None:
        configuration.provider.close()
    return configuration, {result.check: result for result in results}


def test_every_value_is_reported_with_its_source(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    configuration, results = check("--role-arn", ROLE)
    assert configuration is not None
    assert configuration.uses_basic_flow
    assert configuration.is_guest
    assert {check: result.text for check, result in results.items() if check != "profile"} == {
        "identity_pool_id": f"{POOL}  (environment variable AWS_COGNITO_IDENTITY_POOL_ID)",
        "role_arn": f"{ROLE}  (option --role-arn)",
        "endpoint": "http://127.0.0.1:5000  (environment variable AWS_ENDPOINT_URL)",
        "STS endpoint": "http://127.0.0.1:5000  (environment variable AWS_ENDPOINT_URL)",
        "other settings": "max_attempts (environment variable AWS_MAX_ATTEMPTS)",
    }
    assert "profile default in " in results["profile"].text


def test_only_the_names_of_login_providers_are_reported(never_printed):
    word = never_printed("command-with-a-password")
    configuration, results = check(
        "--identity-pool-id", POOL, "--login", f"accounts.google.com=cmd:print {word}"
    )
    assert configuration is not None
    assert not configuration.is_guest
    assert results["logins"].text == "accounts.google.com  (option --login)"
    assert "us-east-1.amazonaws.com" in results["endpoint"].text


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--identity-pool-id", "us-east-1_abc"),
        ("--identity-pool-id", POOL, "--role-arn", "app"),
        ("--identity-pool-id", POOL, "--region", "eu-west-1"),
        ("--identity-pool-id", POOL, "--login", "x.example=y"),
        ("--identity-pool-id", POOL, "--profile", "none"),
    ],
)
@pytest.mark.usefixtures("home")
def test_an_invalid_setting_fails_with_a_fix(words: tuple[str, ...]):
    configuration, results = check(*words)
    assert configuration is None
    assert [name for name, result in results.items() if result.outcome == "failed"] == [
        "configuration"
    ]
    assert results["configuration"].reason == "configuration"
    assert results["configuration"].fix


def test_a_password_in_a_url_is_not_reported(never_printed):
    password = never_printed("pass-of-ann")
    _, results = check(
        *("--identity-pool-id", POOL, "--client-id", "c"),
        *("--issuer", f"https://ann:{password}@login.example.com/x"),
    )
    assert results["issuer"].text == "https://…@login.example.com/x  (option --issuer)"


@pytest.mark.parametrize("source", ["{}", "cmd:print {}"])
def test_a_client_secret_is_not_reported(never_printed, source: str):
    secret = never_printed("a-client-secret-9")
    _, results = check(*ISSUER, "--client-secret", source.format(secret))
    assert secret not in results["client_secret"].text
    assert "option --client-secret" in results["client_secret"].text


def test_the_variable_of_a_client_secret_is_reported():
    _, results = check(*ISSUER, "--client-secret", "env:SECRET")
    assert results["client_secret"].text == "env:SECRET  (option --client-secret)"


ISSUER = (
    *("--identity-pool-id", POOL),
    *("--issuer", "https://login.example", "--client-id", "app"),
)


@pytest.mark.usefixtures("home")
def test_a_missing_session_fails(never_printed):
    configuration, results = check(*ISSUER, "--login", "accounts.google.com=env:TOKEN")
    assert configuration is None
    assert results["logins"].text == "accounts.google.com  (option --login)"
    assert results["session"].outcome == "failed"
    assert results["session"].reason == "credentials-unavailable"
