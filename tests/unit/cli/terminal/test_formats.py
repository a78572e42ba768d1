from __future__ import annotations

import configparser
import datetime
import io
import json

import botocore.session
import pytest

from cognito_credentials import Credentials
from cognito_credentials._endpoint.requests import container_document
from cognito_credentials.cli.terminal import formats
from cognito_credentials.errors import ConfigurationError

CREDENTIALS = Credentials(
    access_key_id="ASIAEXAMPLE",
    secret_access_key="made/up+secret",
    session_token="made-up//token==",
    expiration=datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
    identity_id="us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
    account_id="123456789012",
)
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "made/up+secret",
    "AWS_SESSION_TOKEN": "made-up//token==",
    "AWS_CREDENTIAL_EXPIRATION": "2030-01-02T03:04:05Z",
    "AWS_ACCOUNT_ID": "123456789012",
}


MEMBERS = ("access_key_id", "secret_access_key", "session_token", "expiration", "identity_id")


def credentials_without_account() -> Credentials:
    return Credentials(**{name: getattr(CREDENTIALS, name) for name in MEMBERS})


def test_process_document_has_the_members_of_credential_process():
    document = {
        "Version": 1,
        "AccessKeyId": "ASIAEXAMPLE",
        "SecretAccessKey": "made/up+secret",
        "SessionToken": "made-up//token==",
        "Expiration": "2030-01-02T03:04:05Z",
        "AccountId": "123456789012",
    }
    assert json.loads(formats.process_document(CREDENTIALS)) == document
    del document["AccountId"]
    assert json.loads(formats.process_document(credentials_without_account())) == document


def test_container_document_has_its_own_name_for_the_session_token():
    document = json.loads(container_document(CREDENTIALS))
    assert document["Token"] == "made-up//token=="
    assert document["Expiration"] == "2030-01-02T03:04:05Z"
    assert "SessionToken" not in document
    assert "Version" not in document


def test_environment_variables_omit_an_unknown_account_id():
    assert formats.environment_variables(CREDENTIALS) == VARIABLES
    del (expected := dict(VARIABLES))["AWS_ACCOUNT_ID"]
    assert formats.environment_variables(credentials_without_account()) == expected


@pytest.mark.parametrize("profile", ["default", "game", "two words", "it's"])
def test_botocore_reads_the_profile_section(profile, home):
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(formats.profile_section(CREDENTIALS, profile) + "\n")
    read = botocore.session.Session(profile=profile).get_credentials().get_frozen_credentials()
    assert read.access_key == "ASIAEXAMPLE"
    assert read.secret_key == "made/up+secret"
    assert read.token == "made-up//token=="


def test_full_document_has_the_identity_id():
    document = json.loads(formats.full_document(CREDENTIALS))
    assert document.pop("IdentityId") == CREDENTIALS.identity_id
    assert document == json.loads(formats.process_document(CREDENTIALS))


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", "\x85", "\u2028", "\udc80"])
@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key", "session_token"])
def test_a_profile_section_never_contains_another_section(name, character):
    attack = f"a{character}[default]{character}credential_process = touch owned"
    members = {member: getattr(CREDENTIALS, member) for member in MEMBERS} | {name: attack}
    check_section(Credentials(**members), "game")


@pytest.mark.parametrize("profile", ["a]\n[default", "a\r[default]\rx = y", "", "DEFAULT"])
def test_a_profile_name_that_the_file_cannot_represent_is_rejected(profile):
    with pytest.raises(ConfigurationError):
        formats.profile_section(CREDENTIALS, profile)


def check_section(credentials: Credentials, profile: str) -> None:
    """Check that a section is rejected, or that botocore reads these credentials from it."""
    try:
        section = formats.profile_section(credentials, profile)
    except ConfigurationError:
        return
    parser = configparser.RawConfigParser()
    parser.read_file(io.TextIOWrapper(io.BytesIO(section.encode()), encoding="utf-8"))
    assert parser.sections() == [profile]
    assert parser.options(profile) == [
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
    ]
