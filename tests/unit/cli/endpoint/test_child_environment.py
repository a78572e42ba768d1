from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from special_files import make_special_file

from cognito_credentials._config import aws_files
from cognito_credentials.cli.endpoint.child_environment import (
    WOULD_WIN,
    copy_aws_files,
    remove_credential_variables,
    set_default_region,
    without_default_credentials,
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
  # goes with the key above it
output = json

[profile prod]
role_arn = arn:aws:iam::123456789012:role/prod
source_profile = default

[sso-session office]
sso_start_url = https://office.example/start
"""


def test_what_would_win_is_removed_and_nothing_else():
    dirty = dict.fromkeys(WOULD_WIN, "x") | {"PATH": "/bin", "AWS_ENDPOINT_URL": "http://e"}
    assert remove_credential_variables(dirty) == {"PATH": "/bin", "AWS_ENDPOINT_URL": "http://e"}
    assert len(dirty) == len(WOULD_WIN) + 2


@pytest.mark.parametrize(
    ("before", "regions", "after"),
    [
        ({}, (None, "us-east-1"), ("us-east-1", "us-east-1")),
        ({}, ("eu-west-1", "us-east-1"), ("eu-west-1", "eu-west-1")),
        ({"AWS_REGION": "a-1"}, ("eu-west-1", "b-1"), ("a-1", "a-1")),
        ({"AWS_DEFAULT_REGION": "a-1"}, (None, "b-1"), ("a-1", "a-1")),
        ({"AWS_REGION": "a-1", "AWS_DEFAULT_REGION": "c-1"}, (None, "b-1"), ("a-1", "c-1")),
    ],
)
def test_a_region_that_is_set_stays(before, regions, after):
    set_default_region(before, *regions)
    assert (before["AWS_REGION"], before["AWS_DEFAULT_REGION"]) == after


def test_the_region_that_another_exec_gave_goes():
    given = {"PATH": "/bin"}
    set_default_region(given, None, "eu-west-1")
    assert remove_credential_variables(given) == {"PATH": "/bin"}
    # What the user set since stays.
    assert remove_credential_variables(given | {"AWS_REGION": "a-1"}) == {
        "PATH": "/bin",
        "AWS_REGION": "a-1",
    }


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_that_the_user_set_outlives_another_exec(name: str):
    own = {name: "a-1"}
    set_default_region(own, None, "eu-west-1")
    assert remove_credential_variables(own) == {"AWS_REGION": "a-1", "AWS_DEFAULT_REGION": "a-1"}


def test_the_default_profiles_keys_go_and_the_others_stay():
    assert without_default_credentials(CREDENTIALS) == (
        "# keys of the office\n[default]\n\n[prod]\naws_access_key_id = AKIAPROD\n"
        "aws_secret_access_key = prod-secret\n"
    )


def test_the_default_profiles_settings_stay():
    assert without_default_credentials(CONFIG) == (
        "[default]\nregion = eu-west-1\n; a comment\ns3 =\n    addressing_style = path\n"
        "    max_concurrent_requests = 2\noutput = json\n\n"
        + CONFIG[CONFIG.index("[profile prod]") :]
    )


@pytest.mark.parametrize("header", ["[profile default]", '[profile "default"]', " [ default ]"])
def test_every_way_to_write_default_is_known(header: str):
    text = f"{header}\naws_access_key_id = A\n"
    assert without_default_credentials(text) == f"{header}\n"


@pytest.mark.parametrize(
    "text", ["", "[profile default2]\nrole_arn = x\n", "role_arn = x\n", "[default]\nregion = a\n"]
)
def test_what_has_no_credentials_of_default_stays_as_it_is(text: str):
    assert without_default_credentials(text) == text


def test_files_are_copied_where_default_has_credentials(tmp_path: Path):
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


def test_the_usual_files_are_those_of_the_home(home: Path, tmp_path: Path):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    assert copy_aws_files({}, str(tmp_path)) == {"AWS_CONFIG_FILE": str(tmp_path / "config")}


def test_a_pipe_without_a_writer_is_not_copied(home: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(aws_files, "PIPE_TIMEOUT_SECONDS", 0.02)
    (home / ".aws").mkdir()
    make_special_file(home / ".aws" / "credentials", "a named pipe")
    assert copy_aws_files({}, str(tmp_path)) == {}


def test_files_that_are_missing_are_not_made(tmp_path: Path):
    assert copy_aws_files({}, str(tmp_path)) == {}
    assert not (tmp_path / "config").exists()
