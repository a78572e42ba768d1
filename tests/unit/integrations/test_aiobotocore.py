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
def provider(aiobotocore_provider):
    return aiobotocore_provider()


async def presigned_by(client, lifetime=900):
    url = await client.generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "key"}, ExpiresIn=lifetime
    )
    return parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].split("/")[0]


async def test_a_client_signs_with_each_generation_in_its_time(provider, cognito):
    made = session(provider)
    async with made.create_client("s3", config=AioConfig(signature_version="s3v4")) as s3:
        assert await presigned_by(s3) == "ASIATEST000000000001"
        cognito.clock.advance(HOUR)
        assert await presigned_by(s3) == "ASIATEST000000000002"


async def test_presigning_with_life_enough(provider, cognito):
    made = session(provider)
    async with made.create_client("s3", config=AioConfig(signature_version="s3v4")) as s3:
        assert await presigned_by(s3) == "ASIATEST000000000001"
        cognito.clock.advance(HOUR - 1200)
        assert await presigned_by(s3, 1800) == "ASIATEST000000000001"

        await provider.cached().get(min_remaining=1800)
        assert await presigned_by(s3, 1800) == "ASIATEST000000000002"


async def test_many_tasks_see_one_fetch(provider, cognito):
    credentials = await session(provider).get_credentials()
    seen = await asyncio.gather(*(credentials.get_frozen_credentials() for _ in range(32)))
    assert cognito.operations == ["GetId", "GetCredentialsForIdentity"]
    assert len(set(seen)) == 1


def test_one_session_in_two_event_loops(provider, cognito):
    credentials = asyncio.run(session(provider).get_credentials())
    first = asyncio.run(credentials.get_frozen_credentials())
    cognito.clock.advance(HOUR)
    second = asyncio.run(credentials.get_frozen_credentials())
    assert (first.access_key, second.access_key) == ("ASIATEST000000000001", "ASIATEST000000000002")


async def test_values_are_awaited(aiobotocore_provider):
    made = session(aiobotocore_provider(account_id="123456789012"))
    credentials = await made.get_credentials()
    assert await credentials.get_access_key() == "ASIATEST000000000001"
    assert await credentials.get_secret_key() == "secret-key-of-generation-1"
    assert await credentials.get_token() == "session-token-of-generation-1"
    assert await credentials.get_account_id() == "123456789012"


async def test_plain_attributes_say_what_to_await(provider):
    credentials = await session(provider).get_credentials()
    with pytest.raises(AttributeError, match=r"await get_secret_key\(\)"):
        credentials.secret_key
    with pytest.raises(AttributeError, match=r"attribute 'nonsense'$"):
        credentials.nonsense


def test_takes_what_an_aio_session_takes(provider, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "config").write_text("[profile kiosk]\nregion = ca-central-1\n")
    made = session(provider, profile="kiosk")
    assert made.profile == "kiosk"
    assert made.get_config_variable("region") == "ca-central-1"


def test_without_the_library_says_what_to_install(provider, monkeypatch):
    monkeypatch.setitem(sys.modules, "aiobotocore", None)
    monkeypatch.setitem(sys.modules, "aiobotocore.session", None)
    with pytest.raises(ConfigurationError, match="aiobotocore is not installed") as caught:
        session(provider)
    assert 'pip install "cognito-credentials[aiobotocore]"' in caught.value.hint
