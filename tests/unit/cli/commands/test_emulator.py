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
from cognito_credentials.cli.commands import emulator as command
from cognito_credentials.cli.commands.emulator_banner import format_banner, format_profile
from cognito_credentials.cli.settings.emulator_options import create_demo_pool, warn_if_exposed
from cognito_credentials.emulator import Emulator
from cognito_credentials.errors import ConfigurationError


def test_guests_of_the_demo_pool_can_only_list_buckets():
    # Not the shared emulator, whose issuer may already be an identity provider.
    with Emulator(account_id="222233334444") as emulator:
        pool_id = create_demo_pool(emulator)
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


def test_an_administrator_has_all_permissions(emulator, tmp_path, monkeypatch):
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "admin"
    file.write_text(command.create_administrator(emulator))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    session = boto3.Session()
    created = session.client("cognito-identity").create_identity_pool(
        IdentityPoolName="game", AllowUnauthenticatedIdentities=True
    )
    assert created["IdentityPoolId"].startswith("us-east-1:")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    trusted = {"Version": "2012-10-17", "Statement": statement}
    session.client("iam").create_role(
        RoleName="administrators", AssumeRolePolicyDocument=json.dumps(trusted)
    )
    session.client("s3").create_bucket(Bucket="administrators")


def test_the_admin_file_is_private_and_removed_at_exit(tmp_path):
    file = tmp_path / "admin"
    with command.temporary_file(str(file), "text"):
        assert file.read_text() == "text"
        assert file.stat().st_mode & 0o777 == 0o600
    assert not file.exists()


def test_the_directory_of_the_admin_file_is_created(home):
    command.check_admin_file(str(home / ".aws" / "admin"))
    assert (home / ".aws").stat().st_mode & 0o777 == 0o700
    with pytest.raises(ConfigurationError, match="--admin-file"):
        command.check_admin_file(str(home / "misspelled" / ".aws" / "admin"))
    assert not (home / "misspelled").exists()


def test_the_admin_file_of_another_emulator_is_not_removed(tmp_path):
    file = tmp_path / "admin"
    with command.temporary_file(str(file), "first"), command.temporary_file(str(file), "second"):
        pass
    assert not file.exists()
    with command.temporary_file(str(file), "first"):
        file.write_text("second")
    assert file.read_text() == "second"


@pytest.mark.parametrize("name", ["{}/credentials", "~/credentials", "credentials"])
def test_a_file_of_another_program_is_rejected_and_not_changed(home, monkeypatch, capsys, name):
    monkeypatch.chdir(home)
    file = home / "credentials"
    file.write_text("[default]\n")
    assert program.main(["emulator", "--admin-file", name.format(home)]) == 2
    assert str(file) in capsys.readouterr().err
    assert file.read_text() == "[default]\n"


@pytest.mark.parametrize("kind", KINDS)
def test_a_special_file_is_rejected_and_not_changed(tmp_path, capsys, kind):
    file = tmp_path / "admin"
    make_special_file(file, kind)
    mode = file.stat().st_mode
    assert program.main(["emulator", "--admin-file", str(file)]) == 2
    assert f"{file} is {kind}" in capsys.readouterr().err
    assert file.stat().st_mode == mode


def test_the_admin_file_of_a_killed_emulator_is_accepted(tmp_path):
    file = tmp_path / "admin"
    file.write_text(f"{command.ADMIN_FILE_HEADER}\n[default]\n")
    command.check_admin_file(str(file))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--account-id", "1"),
        ("--account-id", "\u0661" * 12),
        ("--region", "nowhere/else"),
        ("--region", "nowhere"),
        ("--lifetime", "0"),
        ("--lifetime", "nan"),
        ("--lifetime", "inf"),
    ],
)
def test_an_invalid_option_is_named(option, value, capsys):
    assert program.main(["emulator", option, value]) == 2
    out, err = capsys.readouterr()
    assert f"option {option} " in err
    assert out == ""


def test_a_port_in_use_is_reported(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        account = ["--account-id", "999988887777"]  # The default account may be in use.
        assert program.main(["emulator", "--port", str(port), *account]) == 2
    assert f"port {port}: Address already in use" in capsys.readouterr().err


def test_a_missing_package_is_reported_with_the_extra(monkeypatch, capsys):
    for name in [*sys.modules]:
        if name.startswith(("cognito_credentials.emulator.", "moto")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("cognito_credentials.emulator.server", raising=False)
    monkeypatch.setitem(sys.modules, "moto", None)
    assert program.main(["emulator"]) == 2
    assert 'pip install "cognito-credentials[cli]"' in capsys.readouterr().err


@pytest.mark.parametrize(("host", "is_exposed"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_a_host_that_others_can_reach_causes_a_warning(capsys, host, is_exposed):
    warn_if_exposed(host)
    assert (host in capsys.readouterr().err) == is_exposed


@pytest.mark.parametrize("host", ["localhost", "::1", "", "300.0.0.1"])
def test_the_host_must_be_an_ipv4_address(capsys, host):
    assert program.main(["emulator", "--host", host]) == 2
    assert "--host" in capsys.readouterr().err


def test_the_banner_has_the_lines_for_each_shell_and_a_profile(emulator):
    variables = {"AWS_COGNITO_IDENTITY_POOL_ID": "us-east-1:0"}
    lines = format_banner(emulator, variables).splitlines()
    for line in (
        "export AWS_COGNITO_IDENTITY_POOL_ID='us-east-1:0'",
        "$Env:AWS_COGNITO_IDENTITY_POOL_ID='us-east-1:0'",
        "set -gx AWS_COGNITO_IDENTITY_POOL_ID 'us-east-1:0'",
        f"endpoint_url = {emulator.endpoint_url}",
        f"Web console and control interface: {emulator.endpoint_url}/_emulator/",
    ):
        assert line in lines


def test_the_profile_in_the_banner_works(emulator, home):
    pool = emulator.create_identity_pool("game", guests=[])
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(format_profile(emulator, pool.id))
    session = boto3.Session(profile_name="emulator")
    role = session.client("sts").get_caller_identity()["Arn"]
    assert role.startswith(f"arn:aws:sts::{emulator.account_id}:assumed-role/game-guest")


def test_the_profile_without_an_identity_pool_has_no_credentials(emulator):
    assert "credential_process" not in format_profile(emulator, None)


def test_a_demo_pool_cannot_be_retained(capsys, tmp_path):
    file = tmp_path / "state.db"
    assert program.main(["emulator", "--demo", "--state", str(file)]) == 2
    assert "--config" in capsys.readouterr().err
    assert not file.exists()
