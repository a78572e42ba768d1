from __future__ import annotations

import asyncio
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from aiobotocore.config import AioConfig

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations.aiobotocore import session

HOUR = 3600


@pytest.fixture
def provider(create_async_provider):
    return create_async_provider()


async def access_key_in_presigned_url(client, lifetime=900):
    url = await client.generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "key"}, ExpiresIn=lifetime
    )
    return parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].split("/")[0]


async def test_a_client_signs_with_the_current_credentials(provider, cognito):
    aio_session = session(provider)
    async with aio_session.create_client("s3", config=AioConfig(signature_version="s3v4")) as s3:
        assert await access_key_in_presigned_url(s3) == "ASIATEST000000000001"
        cognito.clock.advance(HOUR)
        assert await access_key_in_presigned_url(s3) == "ASIATEST000000000002"


async def test_min_remaining_refreshes_before_a_url_is_presigned(provider, cognito):
    aio_session = session(provider)
    async with aio_session.create_client("s3", config=AioConfig(signature_version="s3v4")) as s3:
        assert await access_key_in_presigned_url(s3) == "ASIATEST000000000001"
        cognito.clock.advance(HOUR - 1200)
        assert await access_key_in_presigned_url(s3, 1800) == "ASIATEST000000000001"

        await provider.cached().get(min_remaining=1800)
        assert await access_key_in_presigned_url(s3, 1800) == "ASIATEST000000000002"


async def test_tasks_share_one_fetch(provider, cognito):
    credentials = await session(provider).get_credentials()
    received = await asyncio.gather(*(credentials.get_frozen_credentials() for _ in range(32)))
    assert cognito.operations == ["GetId", "GetCredentialsForIdentity"]
    assert len(set(received)) == 1


def test_a_session_can_be_used_in_several_event_loops(provider, cognito):
    credentials = asyncio.run(session(provider).get_credentials())
    first = asyncio.run(credentials.get_frozen_credentials())
    cognito.clock.advance(HOUR)
    second = asyncio.run(credentials.get_frozen_credentials())
    assert (first.access_key, second.access_key) == ("ASIATEST000000000001", "ASIATEST000000000002")


async def test_values_are_returned_by_async_methods(create_async_provider):
    aio_session = session(create_async_provider(account_id="123456789012"))
    credentials = await aio_session.get_credentials()
    assert await credentials.get_access_key() == "ASIATEST000000000001"
    assert await credentials.get_secret_key() == "secret-key-of-generation-1"
    assert await credentials.get_token() == "session-token-of-generation-1"
    assert await credentials.get_account_id() == "123456789012"


async def test_reading_an_attribute_raises_an_error_with_the_async_method(provider):
    credentials = await session(provider).get_credentials()
    with pytest.raises(AttributeError, match="get_secret_key"):
        credentials.secret_key
    with pytest.raises(AttributeError, match="nonsense"):
        credentials.nonsense


def test_session_accepts_the_arguments_of_aio_session(provider, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "config").write_text("[profile kiosk]\nregion = ca-central-1\n")
    aio_session = session(provider, profile="kiosk")
    assert aio_session.profile == "kiosk"
    assert aio_session.get_config_variable("region") == "ca-central-1"


def test_a_missing_library_raises_an_error_with_the_pip_command(provider, monkeypatch):
    monkeypatch.setitem(sys.modules, "aiobotocore", None)
    monkeypatch.setitem(sys.modules, "aiobotocore.session", None)
    with pytest.raises(ConfigurationError, match="aiobotocore") as caught:
        session(provider)
    assert 'pip install "cognito-credentials[aiobotocore]"' in caught.value.hint
