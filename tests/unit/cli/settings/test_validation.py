from __future__ import annotations

from argparse import Namespace

import pytest

from cognito_credentials.cli.settings.resolution import NOTHING_GIVEN, Selection
from cognito_credentials.cli.settings.validation import check_settings
from cognito_credentials.errors import ConfigurationError

POOL = "us-east-1:11111111-7900-4099-b910-2df94f52a030"
ROLE = "arn:aws:iam::123456789012:role/one"
DURATION = "it must be a whole number of seconds from 900 to 43200"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"


def refused(**options) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        check_settings(Selection(Namespace(**NOTHING_GIVEN | options)))
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"identity_pool_id": "pool"}, "option --identity-pool-id is 'pool': it has no region"),
        ({"identity_id": "x"}, "option --identity-id is 'x': it has no region"),
        ({"region": "x y"}, "option --region is 'x y', which is not the name of an AWS region"),
        ({"region": "eu-west-1"}, "option --region is 'eu-west-1', but the id says 'us-east-1'"),
        (
            {"endpoint_url": TOKEN},
            "option --endpoint-url must be",
        ),
        ({"endpoint_url": "nope"}, "option --endpoint-url must be"),
        (
            {"endpoint_url": "http://a:hunter2@b"},
            "option --endpoint-url must not contain a user name",
        ),
        ({"role_arn": "one"}, "option --role-arn is 'one', which is not the ARN of a role"),
        ({"role_arn": TOKEN}, f"option --role-arn is eyJ… ({len(TOKEN)} characters), which is not"),
        ({"custom_role_arn": "one"}, "option --custom-role-arn is 'one', which is not the ARN of"),
        (
            {"role_arn": ROLE, "custom_role_arn": ROLE},
            "option --custom-role-arn and option --role-arn are given together",
        ),
        ({"duration": "900"}, "option --duration is given without a role for the basic flow"),
        ({"duration": "899", "role_arn": ROLE}, f"option --duration is '899': {DURATION}"),
        ({"duration": "43201", "role_arn": ROLE}, f"option --duration is '43201': {DURATION}"),
        ({"duration": "1h", "role_arn": ROLE}, f"option --duration is '1h': {DURATION}"),
        ({"duration": "٩٠٠", "role_arn": ROLE}, f"option --duration is '٩٠٠': {DURATION}"),
        (
            {"duration": "9" * 5000, "role_arn": ROLE},
            f"option --duration is 999… (5000 characters): {DURATION}",
        ),
        (
            {"account_id": "12"},
            "option --account-id is '12', which is not the id of an AWS account",
        ),
        ({"account_id": "1234567890123"}, "option --account-id is '1234567890123', which is not"),
        (
            {"client_secret": "hunter2"},
            "option --client-secret: the client secret is given as it is, or in a way that is not",
        ),
        ({"logins": ["x"]}, "option --login: a login is not of the form KEY=SOURCE"),
    ],
)
def test_what_is_wrong_is_named_as_it_was_given(options, message):
    error = refused(**{"identity_pool_id": POOL, **options})
    assert error.message.startswith(message)
    assert "hunter2" not in str(error)
    assert TOKEN not in str(error)


@pytest.mark.parametrize(
    "options",
    [
        {"role_arn": ROLE, "duration": "900"},
        {"role_arn": ROLE, "duration": "43200"},
        {"custom_role_arn": ROLE, "account_id": "012345678901", "region": "us-east-1"},
        {"identity_pool_id": None, "identity_id": POOL},
        {"issuer": "https://issuer.example", "client_id": "nobody-signed-in-there"},
    ],
)
def test_what_is_right_passes(options):
    check_settings(Selection(Namespace(**NOTHING_GIVEN | {"identity_pool_id": POOL} | options)))


def test_a_variable_and_a_line_are_named(config, monkeypatch):
    file = config(f"[profile game]\n\ncognito_identity_pool_id = {POOL}\ncognito_account_id = 12\n")
    error = refused(profile="game")
    assert error.message.startswith(f"cognito_account_id (profile game in {file}, line 4) is '12'")
    monkeypatch.setenv("AWS_COGNITO_ACCOUNT_ID", "13")
    error = refused(identity_pool_id=POOL)
    assert error.message.startswith("environment AWS_COGNITO_ACCOUNT_ID is '13'")


def test_a_token_in_the_file_is_refused_with_its_line(config):
    file = config(
        f"[profile game]\ncognito_identity_pool_id = {POOL}\ncognito_logins =\n"
        f"  a.b = @file\n  c.d = {TOKEN}\n"
    )
    error = refused(profile="game")
    assert error.message.startswith(
        f"cognito_logins (profile game in {file}, line 5): the token of login 'c.d' is given as it is"
    )
    assert error.hint.startswith("Write KEY=@FILE")
    assert TOKEN not in str(error)


# --- no pool --------------------------------------------------------------------------------------


def test_without_a_pool_it_says_how_to_name_one(config):
    error = refused()
    assert error.message == "no identity pool is named"
    assert error.hint == (
        "Give --identity-pool-id REGION:GUID, or set cognito_identity_pool_id in the profile, or "
        "AWS_COGNITO_IDENTITY_POOL_ID."
    )
    file = config("[profile plain]\nregion = us-east-1\n")
    assert refused(profile="plain").message == (
        f"no identity pool is named in profile plain in {file}"
    )


@pytest.mark.parametrize(
    ("lines", "others"),
    [
        ("role_arn = x\ncredential_source = Environment", "role_arn, credential_source"),
        ("sso_session = x", "sso_session"),
        ("aws_access_key_id = AKIDEXAMPLE", "aws_access_key_id"),
        ("credential_process = other", "credential_process"),
    ],
)
def test_a_profile_that_has_something_else_says_what_and_names_those_that_have_one(
    config, lines, others
):
    config(
        f"[profile deploy]\n{lines}\n[profile game]\ncognito_identity_pool_id = {POOL}\n"
        f"[profile work]\ncognito_identity_id = {POOL}\n"
    )
    error = refused(profile="deploy")
    assert error.message == (
        f"profile deploy gets its credentials otherwise ({others}), and cognito_identity_pool_id is "
        "missing in it"
    )
    assert "AWS_PROFILE=deploy" in error.hint
    assert error.hint.endswith("Profiles here that have one: game, work.")


def test_a_role_chain_names_the_profile_that_it_begins_with(config):
    config(
        "[profile deploy]\nrole_arn = x\nsource_profile = game\n"
        f"[profile game]\ncognito_identity_pool_id = {POOL}\n"
    )
    assert refused(profile="deploy").hint == (
        "AWS tools use such a profile by themselves (AWS_PROFILE=deploy). It begins with the pool's "
        "credentials of profile game: take --profile game for these; cognito-credentials doctor "
        "--profile game checks them."
    )


def test_a_profile_of_the_credentials_file_alone(config, home):
    config("[default]\n")
    (home / ".aws/credentials").write_text("[keys]\naws_access_key_id = AKIDEXAMPLE\n")
    assert "(its keys in the AWS credentials file)" in refused(profile="keys").message


@pytest.mark.parametrize(
    ("number", "named"), [(1, " Profiles here that have one: p0."), (8, "p6, p7."), (0, "")]
)
def test_profiles_that_would_do_are_named(config, number, named):
    config("".join(f"[profile p{i}]\ncognito_identity_pool_id = {POOL}\n" for i in range(number)))
    hint = refused().hint
    assert ("Profiles here" in hint) == bool(named)
    assert hint.endswith(named)


def test_too_many_profiles_are_not_named(config):
    config("".join(f"[profile p{i}]\ncognito_identity_pool_id = {POOL}\n" for i in range(9)))
    assert "Profiles here" not in refused().hint
