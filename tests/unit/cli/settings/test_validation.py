from __future__ import annotations

import os

import pytest

from cognito_credentials.cli.settings.names import COGNITO_SETTINGS
from cognito_credentials.cli.settings.resolution import resolve
from cognito_credentials.cli.settings.validation import validate
from cognito_credentials.errors import ConfigurationError

POOL = "us-east-1:11111111-7900-4099-b910-2df94f52a030"
ROLE = "arn:aws:iam::123456789012:role/one"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"


def rejection(**options) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as raised:
        validate(resolve(options, os.environ))
    assert raised.value.hint
    return raised.value


@pytest.mark.parametrize(
    ("options", "label"),
    [
        ({"identity_pool_id": "pool"}, "option --identity-pool-id"),
        ({"identity_id": "x"}, "option --identity-id"),
        ({"region": "x y"}, "option --region"),
        ({"region": "eu-west-1"}, "option --region"),
        ({"endpoint_url": TOKEN}, "option --endpoint-url"),
        ({"endpoint_url": "nope"}, "option --endpoint-url"),
        ({"endpoint_url": "http://a:hunter2@b"}, "option --endpoint-url"),
        ({"role_arn": "one"}, "option --role-arn"),
        ({"role_arn": TOKEN}, "option --role-arn"),
        ({"custom_role_arn": "one"}, "option --custom-role-arn"),
        (
            {"role_arn": ROLE, "custom_role_arn": ROLE},
            "option --custom-role-arn and option --role-arn",
        ),
        ({"duration": "900"}, "option --duration"),
        ({"duration": "899", "role_arn": ROLE}, "option --duration"),
        ({"duration": "43201", "role_arn": ROLE}, "option --duration"),
        ({"duration": "1h", "role_arn": ROLE}, "option --duration"),
        ({"duration": "٩٠٠", "role_arn": ROLE}, "option --duration"),
        ({"duration": "9" * 5000, "role_arn": ROLE}, "option --duration"),
        ({"account_id": "12"}, "option --account-id"),
        ({"client_secret": "hunter2"}, "option --client-secret"),
        ({"logins": ["x"]}, "option --login"),
        ({"issuer": "x", "client_id": "app"}, "option --issuer"),
    ],
)
def test_an_invalid_option_is_named_without_secrets(options, label):
    error = rejection(**{"identity_pool_id": POOL, **options})
    assert error.message.startswith(f"{label} ")
    assert "hunter2" not in str(error)
    assert TOKEN not in str(error)
    assert len(error.message) < 300


@pytest.mark.parametrize("missing", ["issuer", "client_id"])
def test_an_issuer_without_a_client_id_and_a_client_id_without_an_issuer_are_rejected(missing):
    options = {"issuer": "https://issuer.example", "client_id": "app", missing: None}
    assert COGNITO_SETTINGS[missing].option in rejection(identity_pool_id=POOL, **options).hint


@pytest.mark.parametrize(
    "options",
    [
        {"role_arn": ROLE, "duration": "900"},
        {"role_arn": ROLE, "duration": "43200"},
        {"custom_role_arn": ROLE, "account_id": "012345678901", "region": "us-east-1"},
        {"identity_pool_id": None, "identity_id": POOL},
        {"issuer": "https://issuer.example", "client_id": "nobody-is-signed-in-there"},
    ],
)
def test_valid_settings_pass(options):
    validate(resolve({"identity_pool_id": POOL} | options, os.environ))


def test_a_variable_or_the_line_in_a_profile_is_named(config, monkeypatch):
    file = config(f"[profile game]\n\ncognito_identity_pool_id = {POOL}\ncognito_account_id = 12\n")
    error = rejection(profile="game")
    assert error.message.startswith(f"cognito_account_id (profile game in {file}, line 4) ")
    monkeypatch.setenv("AWS_COGNITO_ACCOUNT_ID", "13")
    error = rejection(identity_pool_id=POOL)
    assert error.message.startswith("environment variable AWS_COGNITO_ACCOUNT_ID ")


def test_a_literal_token_in_a_profile_is_rejected_with_its_line(config):
    file = config(
        f"[profile game]\ncognito_identity_pool_id = {POOL}\ncognito_logins =\n"
        f"  a.b = @file\n  c.d = {TOKEN}\n"
    )
    error = rejection(profile="game")
    assert error.message.startswith(f"cognito_logins (profile game in {file}, line 5) ")
    assert "config files" in error.hint
    assert TOKEN not in str(error)


# --- no identity pool -----------------------------------------------------------------------


def test_the_hint_for_a_missing_pool_names_every_way_to_give_one(config):
    hint = rejection().hint
    names = "--identity-pool-id", "cognito_identity_pool_id", "AWS_COGNITO_IDENTITY_POOL_ID"
    assert all(name in hint for name in names)
    file = config("[profile plain]\nregion = us-east-1\n")
    assert f"profile plain in {file}" in rejection(profile="plain").message


@pytest.mark.parametrize(
    ("lines", "sources"),
    [
        ("role_arn = x\ncredential_source = Environment", "role_arn and credential_source"),
        ("sso_session = x", "sso_session"),
        ("aws_access_key_id = AKIDEXAMPLE", "aws_access_key_id"),
        ("credential_process = other", "credential_process"),
    ],
)
def test_other_credentials_in_a_profile_are_named(config, lines, sources):
    config(
        f"[profile deploy]\n{lines}\n[profile game]\ncognito_identity_pool_id = {POOL}\n"
        f"[profile work]\ncognito_identity_id = {POOL}\n"
    )
    error = rejection(profile="deploy")
    assert sources in error.message
    assert "AWS_PROFILE=deploy" in error.hint
    assert error.hint.endswith("game, work.")


def test_the_first_profile_of_a_role_chain_is_named(config):
    config(
        "[profile deploy]\nrole_arn = x\nsource_profile = game\n"
        f"[profile game]\ncognito_identity_pool_id = {POOL}\n"
    )
    hint = rejection(profile="deploy").hint
    assert "AWS_PROFILE=deploy" in hint
    assert "cognito-credentials doctor --profile game" in hint


def test_a_profile_that_is_only_in_the_credentials_file(config, home):
    config("[default]\n")
    (home / ".aws/credentials").write_text("[keys]\naws_access_key_id = AKIDEXAMPLE\n")
    assert "AWS credentials file" in rejection(profile="keys").message


@pytest.mark.parametrize(
    ("number", "end"), [(0, ""), (1, " p0."), (8, "p6, p7."), (9, "AWS_COGNITO_IDENTITY_POOL_ID.")]
)
def test_a_few_profiles_with_a_pool_are_listed(config, number, end):
    config("".join(f"[profile p{i}]\ncognito_identity_pool_id = {POOL}\n" for i in range(number)))
    assert rejection().hint.endswith(end)
