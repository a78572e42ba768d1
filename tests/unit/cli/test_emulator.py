from __future__ import annotations

import socket
import sys

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from cognito_credentials import cli
from cognito_credentials.cli import emulator as verb


def test_the_demo_s_guests_may_list_buckets_and_nothing_else(emulator):
    pool_id = verb.demo_pool(emulator)
    identities = emulator.client("cognito-identity", config=Config(signature_version=UNSIGNED))
    identity = identities.get_id(IdentityPoolId=pool_id)["IdentityId"]
    given = identities.get_credentials_for_identity(IdentityId=identity)["Credentials"]
    s3 = emulator.client(
        "s3",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretKey"],
        aws_session_token=given["SessionToken"],
    )
    assert "demo-bucket" in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket="demo-bucket")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--port", "65536"], "port is 65536"),
        (["--port", "-1"], "port is -1"),
        (["--account-id", "1"], "account_id is '1'"),
        (["--account-id", "\u0661" * 12], "must be 12 digits"),
        (["--region", "nowhere/else"], "not the name of an AWS region"),
        (["--region", "nowhere"], "no region of AWS has such a name"),
        (["--lifetime", "0"], "lifetime is 0.0"),
        (["--lifetime", "nan"], "lifetime is nan"),
        (["--lifetime", "inf"], "lifetime is inf"),
    ],
)
def test_what_is_wrong_is_named(words, problem, capsys):
    assert cli.main(["emulator", *words]) == 2
    captured = capsys.readouterr()
    assert problem in captured.err
    assert captured.out == ""


def test_a_port_that_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        account = ["--account-id", "999988887777"]  # another emulator may have the default one
        assert cli.main(["emulator", "--port", str(port), *account]) == 2
    said = capsys.readouterr().err
    assert f"port {port} cannot be listened on: Address already in use" in said


def test_the_missing_extra_is_named(monkeypatch, capsys):
    for name in [*sys.modules]:
        if name.startswith(("cognito_credentials.emulator.", "moto")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("cognito_credentials.emulator.server", raising=False)
    monkeypatch.setitem(sys.modules, "moto", None)
    assert cli.main(["emulator"]) == 2
    said = capsys.readouterr().err
    assert "moto is not installed" in said
    assert 'pip install "cognito-credentials[emulator]"' in said
    assert boto3  # imported before, and still there
