from __future__ import annotations

import configparser
import datetime
import json
import subprocess

import pytest

from cognito_credentials import Credentials
from cognito_credentials.cli.common import formats

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


def without_account() -> Credentials:
    names = ("access_key_id", "secret_access_key", "session_token", "expiration", "identity_id")
    return Credentials(**{name: getattr(CREDENTIALS, name) for name in names})


def test_the_process_document():
    document = {
        "Version": 1,
        "AccessKeyId": "ASIAEXAMPLE",
        "SecretAccessKey": "made/up+secret",
        "SessionToken": "made-up//token==",
        "Expiration": "2030-01-02T03:04:05Z",
        "AccountId": "123456789012",
    }
    assert json.loads(formats.process_document(CREDENTIALS)) == document
    assert formats.FORMATS["process"](CREDENTIALS) == formats.process_document(CREDENTIALS)
    del document["AccountId"]
    assert json.loads(formats.process_document(without_account())) == document


def test_the_container_document_calls_the_token_by_another_name():
    document = json.loads(formats.container_document(CREDENTIALS))
    assert document["Token"] == "made-up//token=="
    assert document["Expiration"] == "2030-01-02T03:04:05Z"
    assert "SessionToken" not in document
    assert "Version" not in document


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("env", "export AWS_ACCESS_KEY_ID='ASIAEXAMPLE'"),
        ("env-no-export", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE"),
        ("powershell", '$Env:AWS_ACCESS_KEY_ID="ASIAEXAMPLE"'),
        ("windows-cmd", "set AWS_ACCESS_KEY_ID=ASIAEXAMPLE"),
        ("fish", "set -gx AWS_ACCESS_KEY_ID 'ASIAEXAMPLE'"),
    ],
)
def test_the_lines_of_each_shell(name, first):
    lines = formats.FORMATS[name](CREDENTIALS).splitlines()
    assert lines[0] == first
    assert len(lines) == len(VARIABLES)
    assert len(formats.FORMATS[name](without_account()).splitlines()) == len(VARIABLES) - 1


def test_a_shell_reads_them():
    script = formats.FORMATS["env"](CREDENTIALS) + "\nenv"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    read = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert {name: read[name] for name in VARIABLES} == VARIABLES


def test_ini_is_a_section_of_the_credentials_file():
    parser = configparser.RawConfigParser()
    parser.read_string(formats.FORMATS["ini"](CREDENTIALS))
    assert dict(parser["default"]) == {
        "aws_access_key_id": "ASIAEXAMPLE",
        "aws_secret_access_key": "made/up+secret",
        "aws_session_token": "made-up//token==",
    }


def test_json_has_the_identity_id_too():
    document = json.loads(formats.FORMATS["json"](CREDENTIALS))
    assert document.pop("IdentityId") == CREDENTIALS.identity_id
    assert document == json.loads(formats.process_document(CREDENTIALS))
