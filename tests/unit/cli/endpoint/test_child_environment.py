from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from botocore.configloader import load_config

from cognito_credentials.cli.endpoint import child_environment
from cognito_credentials.cli.endpoint.child_environment import (
    CREDENTIAL_KEYS,
    CREDENTIAL_VARIABLES,
    copy_aws_files,
    remove_credential_variables,
    remove_default_credentials,
    set_default_region,
)

if TYPE_CHECKING:
    from pathlib import Path

CREDENTIALS = """\
# keys of the office
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key=default-secret
AWS_SESSION_TOKEN : default-session

[prod]
aws_access_key_id = AKIAPROD
aws_secret_access_key = prod-secret
"""

CONFIG = """\
[default]
region = eu-west-1
; a comment
credential_process = /usr/bin/vault get
s3 =
    addressing_style = path
    max_concurrent_requests = 2
sso_session = office
role_arn = arn:aws:iam::123456789012:role/admin
  # belongs to the key above
output = json

[profile prod]
role_arn = arn:aws:iam::123456789012:role/prod
source_profile = default

[sso-session office]
sso_start_url = https://office.example/start
"""


def test_only_credential_variables_are_removed():
    environment = dict.fromkeys(CREDENTIAL_VARIABLES, "x")
    environment |= {"PATH": "/bin", "AWS_ENDPOINT_URL": "http://e"}
    assert remove_credential_variables(environment) == {
        "PATH": "/bin",
        "AWS_ENDPOINT_URL": "http://e",
    }
    assert len(environment) == len(CREDENTIAL_VARIABLES) + 2


@pytest.mark.parametrize(
    ("environment", "regions", "expected"),
    [
        ({}, (None, "us-east-1"), ("us-east-1", "us-east-1")),
        ({}, ("eu-west-1", "us-east-1"), ("eu-west-1", "eu-west-1")),
        ({"AWS_REGION": "a-1"}, ("eu-west-1", "b-1"), ("a-1", "a-1")),
        ({"AWS_DEFAULT_REGION": "a-1"}, (None, "b-1"), ("a-1", "a-1")),
        ({"AWS_REGION": "a-1", "AWS_DEFAULT_REGION": "c-1"}, (None, "b-1"), ("a-1", "c-1")),
    ],
)
def test_the_users_region_takes_precedence(environment, regions, expected):
    set_default_region(environment, *regions)
    assert (environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]) == expected


def test_a_nested_exec_removes_the_region_of_the_outer_exec():
    environment = {"PATH": "/bin"}
    set_default_region(environment, None, "eu-west-1")
    assert remove_credential_variables(environment) == {"PATH": "/bin"}
    changed_by_user = environment | {"AWS_REGION": "a-1"}
    assert remove_credential_variables(changed_by_user) == {"PATH": "/bin", "AWS_REGION": "a-1"}


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_nested_exec_retains_the_users_region(name: str):
    environment = {name: "a-1"}
    set_default_region(environment, None, "eu-west-1")
    assert remove_credential_variables(environment) == {
        "AWS_REGION": "a-1",
        "AWS_DEFAULT_REGION": "a-1",
    }


def test_only_the_keys_of_the_default_profile_are_removed():
    assert remove_default_credentials(CREDENTIALS) == (
        "# keys of the office\n[default]\n\n[prod]\naws_access_key_id = AKIAPROD\n"
        "aws_secret_access_key = prod-secret\n"
    )


def test_the_other_settings_of_the_default_profile_are_retained():
    assert remove_default_credentials(CONFIG) == (
        "[default]\nregion = eu-west-1\n; a comment\ns3 =\n    addressing_style = path\n"
        "    max_concurrent_requests = 2\noutput = json\n\n"
        + CONFIG[CONFIG.index("[profile prod]") :]
    )


@pytest.mark.parametrize("header", ["[profile default]", '[profile "default"]', " [ default ]"])
def test_every_spelling_of_the_default_section_is_recognized(header: str):
    text = f"{header}\naws_access_key_id = A\n"
    assert remove_default_credentials(text) == f"{header}\n"


@pytest.mark.parametrize(
    "text",
    [
        "[default]\n  aws_access_key_id = A\n",
        "  [default]\n  aws_access_key_id = A\n",
        "[default]\n# x\n   [profile b]\naws_access_key_id = B\n[profile default]\nrole_arn = A\n",
        "[default]\nregion = a\x85[b]\naws_access_key_id = A\n",
        "[default]\nregion = a\x1c[b]\naws_access_key_id = A\n",
        "[default]\naws_session_token =\n  A\n# comment\n  A\nregion = b\n",
        "[default]\nregion = b\n  [other]\n  aws_access_key_id = not a key\naws_access_key_id = A\n",
    ],
)
def test_botocore_finds_no_credentials_of_the_default_profile(text: str, tmp_path: Path):
    path = tmp_path / "config"
    path.write_text(remove_default_credentials(text))
    profiles = load_config(str(path))["profiles"]
    assert CREDENTIAL_KEYS.isdisjoint(profiles["default"])
    assert "A" not in path.read_text().split()


@pytest.mark.parametrize("text", ["[" + " " * 100_000, "[default]\na" + " " * 100_000])
def test_a_hostile_file_is_processed_in_linear_time(text: str):
    start = time.process_time()
    remove_default_credentials(text)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "text", ["", "[profile default2]\nrole_arn = x\n", "role_arn = x\n", "[default]\nregion = a\n"]
)
def test_a_file_without_default_credentials_is_unchanged(text: str):
    assert remove_default_credentials(text) == text


def test_a_file_with_default_credentials_is_copied_without_them(tmp_path: Path):
    (tmp_path / "own").mkdir()
    (tmp_path / "private").mkdir()
    config, credentials = tmp_path / "own" / "a", tmp_path / "own" / "b"
    config.write_text("[default]\nregion = x\n")
    credentials.write_bytes(CREDENTIALS.encode() + b"# \xff\n")
    environment = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
    variables = copy_aws_files(environment, str(tmp_path / "private"))
    copy = tmp_path / "private" / "credentials"
    assert variables == {"AWS_SHARED_CREDENTIALS_FILE": str(copy)}
    assert copy.stat().st_mode & 0o777 == 0o600
    contents = copy.read_bytes()
    assert b"AKIADEFAULT" not in contents
    assert b"AKIAPROD" in contents
    assert contents.endswith(b"# \xff\n")
    assert b"AKIADEFAULT" in credentials.read_bytes()


def test_the_files_in_the_home_directory_are_the_default(home: Path, tmp_path: Path):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    assert copy_aws_files({}, str(tmp_path)) == {"AWS_CONFIG_FILE": str(tmp_path / "config")}


def test_a_missing_file_is_not_created(tmp_path: Path):
    assert copy_aws_files({}, str(tmp_path)) == {}
    assert not (tmp_path / "config").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX only")
def test_a_named_pipe_without_a_writer_does_not_block(tmp_path, monkeypatch):
    monkeypatch.setattr(child_environment, "PIPE_TIMEOUT_SECONDS", 0.05)
    os.mkfifo(tmp_path / "pipe")
    environment = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "pipe")}
    assert copy_aws_files(environment, str(tmp_path)) == {}
