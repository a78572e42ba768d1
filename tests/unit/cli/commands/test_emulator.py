from __future__ import annotations

import json
import socket
import sys

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from special_files import KINDS, make_special_file

from cognito_credentials.cli import program
from cognito_credentials.cli.commands import emulator as verb


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


def test_an_administrator_may_do_everything(emulator, tmp_path, monkeypatch):
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "admin"
    file.write_text(verb.administrator(emulator))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    session = boto3.Session()
    made = session.client("cognito-identity").create_identity_pool(
        IdentityPoolName="game", AllowUnauthenticatedIdentities=True
    )
    assert made["IdentityPoolId"].startswith("us-east-1:")
    trusted = {"Version": "2012-10-17", "Statement": []}
    session.client("iam").create_role(
        RoleName="administrators", AssumeRolePolicyDocument=json.dumps(trusted)
    )
    session.client("s3").create_bucket(Bucket="administrators")


def test_an_admin_file_is_private_and_goes(tmp_path):
    file = tmp_path / "admin"
    with verb._written("text", str(file)):
        assert file.read_text() == "text"
        assert file.stat().st_mode & 0o777 == 0o600
    assert not file.exists()


def test_an_admin_file_of_a_later_emulator_stays(tmp_path):
    file = tmp_path / "admin"
    with verb._written("first", str(file)), verb._written("second", str(file)):
        pass
    assert not file.exists()
    with verb._written("first", str(file)):
        file.write_text("second")
    assert file.read_text() == "second"


@pytest.mark.parametrize("name", ["{}/credentials", "~/credentials", "credentials"])
def test_an_admin_file_that_is_anothers_stays(home, monkeypatch, capsys, name):
    monkeypatch.chdir(home)
    file = home / "credentials"
    file.write_text("[default]\n")
    assert program.main(["emulator", "--admin-file", name.format(home)]) == 2
    said = capsys.readouterr().err
    assert f"option --admin-file names {file}, which is there, and no emulator made it" in said
    assert file.read_text() == "[default]\n"


@pytest.mark.parametrize("kind", KINDS)
def test_an_admin_file_that_is_not_a_regular_file(tmp_path, capsys, kind):
    file = tmp_path / "admin"
    make_special_file(file, kind)
    mode = file.stat().st_mode
    assert program.main(["emulator", "--admin-file", str(file)]) == 2
    assert f"option --admin-file names {file}, which is {kind}" in capsys.readouterr().err
    assert file.stat().st_mode == mode


def test_an_admin_file_that_a_killed_emulator_left_is_written_anew(tmp_path):
    file = tmp_path / "admin"
    file.write_text(f"{verb.ADMIN_FILE}\n[default]\n")
    verb._refuse_anothers(str(file))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--port", "65536"], "option --port is 65536"),
        (["--port", "-1"], "option --port is -1"),
        (["--account-id", "1"], "option --account-id"),
        (["--account-id", "\u0661" * 12], "option --account-id"),
        (["--region", "nowhere/else"], "not the name of an AWS region"),
        (["--region", "nowhere"], "no region of AWS has such a name"),
        (["--lifetime", "0"], "option --lifetime is 0.0"),
        (["--lifetime", "nan"], "option --lifetime is nan"),
        (["--lifetime", "inf"], "option --lifetime is inf"),
    ],
)
def test_what_is_wrong_is_named(words, problem, capsys):
    assert program.main(["emulator", *words]) == 2
    captured = capsys.readouterr()
    assert problem in captured.err
    assert captured.out == ""


def test_a_port_that_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        account = ["--account-id", "999988887777"]  # another emulator may have the default one
        assert program.main(["emulator", "--port", str(port), *account]) == 2
    said = capsys.readouterr().err
    assert f"port {port} cannot be listened on: Address already in use" in said


def test_the_missing_extra_is_named(monkeypatch, capsys):
    for name in [*sys.modules]:
        if name.startswith(("cognito_credentials.emulator.", "moto")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("cognito_credentials.emulator.server", raising=False)
    monkeypatch.setitem(sys.modules, "moto", None)
    assert program.main(["emulator"]) == 2
    said = capsys.readouterr().err
    assert "moto is not installed" in said
    assert 'pip install "cognito-credentials[emulator]"' in said
    assert boto3  # imported before, and still there
