"""Sessions without a provider, which read the identity pool from a profile."""

from __future__ import annotations

import signal

import boto3
import botocore.session
import pytest
from aiobotocore.session import AioSession
from botocore.exceptions import ProfileNotFound

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations import aiobotocore as aiobotocore_integration
from cognito_credentials.integrations.boto3 import (
    BotocoreSession,
    Session,
    install,
    session,
)


@pytest.fixture
def profile(guest_bucket, tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text(
        f"[profile game]\n"
        f"cognito_identity_pool_id = {guest_bucket.identity_pool_id}\n"
        f"cognito_account_id = 210987654321\n"
        f"endpoint_url = {guest_bucket.endpoint_url}\n"
        f"credential_process = false\n"
        f"[profile plain]\nregion = eu-west-1\n"
    )
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    return config


def put_object(guest_bucket, client):
    client.put_object(Bucket=guest_bucket.bucket, Key="profile", Body=b"by a profile")
    client.close()
    assert guest_bucket.content("profile") == b"by a profile"


def create_installed():
    boto3_session = boto3.Session(profile_name="game")
    install(boto3_session)
    return boto3_session


@pytest.mark.parametrize(
    "create",
    [
        lambda: Session(profile_name="game"),
        lambda: session(profile_name="game"),
        create_installed,
    ],
    ids=["class", "function", "install"],
)
def test_a_profile_names_the_identity_pool(guest_bucket, profile, create):
    boto3_session = create()
    assert isinstance(boto3_session, boto3.Session)
    assert boto3_session.region_name == "us-east-1"
    put_object(guest_bucket, boto3_session.client("s3"))
    assert boto3_session.get_credentials().account_id == "210987654321"
    # The second session uses the credentials in the store.
    put_object(guest_bucket, create().client("s3"))
    assert guest_bucket.operations() == ["GetId", "GetCredentialsForIdentity"]


def installed_async_session():
    aio_session = AioSession(profile="game")
    aiobotocore_integration.install(aio_session)
    return aio_session


@pytest.mark.parametrize(
    "create",
    [lambda: aiobotocore_integration.session(profile="game"), installed_async_session],
    ids=["session", "install"],
)
async def test_a_profile_names_the_identity_pool_of_an_async_session(guest_bucket, profile, create):
    aio_session = create()
    assert aio_session.get_config_variable("region") == "us-east-1"
    for each in (aio_session, create()):  # The second session uses the credentials in the store.
        async with each.create_client("s3", endpoint_url=guest_bucket.endpoint_url) as s3:
            await s3.put_object(Bucket=guest_bucket.bucket, Key="aio", Body=b"content")
    assert guest_bucket.content("aio") == b"content"
    assert guest_bucket.operations() == ["GetId", "GetCredentialsForIdentity"]


async def test_an_async_session_gets_new_credentials_for_a_rejected_token(guest_bucket, profile):
    aio_session = aiobotocore_integration.session(profile="game", region_name="eu-west-3")
    assert aio_session.get_config_variable("region") == "eu-west-3"
    async with aio_session.create_client("s3", endpoint_url=guest_bucket.endpoint_url) as s3:
        guest_bucket.emulator.fail("PutObject", "ExpiredToken")
        await s3.put_object(Bucket=guest_bucket.bucket, Key="aio", Body=b"content")
    assert guest_bucket.operations().count("GetCredentialsForIdentity") == 2


def test_an_async_session_needs_an_identity_pool(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "missing"))
    with pytest.raises(ConfigurationError) as caught:
        aiobotocore_integration.session()
    assert "configure" in caught.value.hint


def test_the_environment_names_the_profile(guest_bucket, profile, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "game")
    put_object(guest_bucket, Session().client("s3"))
    botocore_session = botocore.session.Session()
    install(botocore_session)
    put_object(guest_bucket, botocore_session.create_client("s3"))


def test_the_environment_names_the_identity_pool(guest_bucket, profile, monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", guest_bucket.identity_pool_id)
    monkeypatch.setenv("AWS_ENDPOINT_URL", guest_bucket.endpoint_url)
    put_object(guest_bucket, Session().client("s3"))


def test_sessions_of_botocore(guest_bucket, profile):
    botocore_session = BotocoreSession("game")
    assert isinstance(botocore_session, botocore.session.Session)
    assert botocore_session.get_config_variable("region") == "us-east-1"
    put_object(guest_bucket, botocore_session.create_client("s3"))
    put_object(guest_bucket, boto3.Session(botocore_session=BotocoreSession("game")).client("s3"))


def test_the_region_of_the_profile_takes_precedence(guest_bucket, profile):
    profile.write_text(
        profile.read_text().replace("endpoint_url", "region = eu-north-1\nendpoint_url")
    )
    assert Session(profile_name="game").region_name == "eu-north-1"
    assert Session(profile_name="game", region_name="eu-west-3").region_name == "eu-west-3"


def test_a_login_command_changes_no_signal_handler(guest_bucket, profile):
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    profile.write_text(
        profile.read_text() + "[profile user]\n"
        f"cognito_identity_pool_id = {guest_bucket.identity_pool_id}\n"
        f"endpoint_url = {guest_bucket.endpoint_url}\n"
        "cognito_logins = login.example.com=cmd:printf token\n"
    )
    Session(profile_name="user")
    assert {number: signal.getsignal(number) for number in signal.valid_signals()} == handlers


def test_invalid_profiles_raise_typed_errors(guest_bucket, profile):
    for create in (Session, session, lambda **arguments: install(boto3.Session(**arguments))):
        with pytest.raises(ConfigurationError, match="names no identity pool") as caught:
            create(profile_name="plain")
        assert "configure --profile plain" in caught.value.hint
        with pytest.raises(ProfileNotFound):
            create(profile_name="gmae")
    profile.write_text("[profile game]\ncognito_identity_pool_id = us-east-1_Example\n")
    with pytest.raises(ConfigurationError, match="cognito_identity_pool_id"):
        Session(profile_name="game")
    profile.write_text("[profile game]\ncognito_identity_pool = us-east-1:1\n")
    with pytest.raises(ConfigurationError, match="unknown key"):
        Session(profile_name="game")
