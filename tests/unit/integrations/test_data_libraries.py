"""The credentials in the forms that obstore, polars, icechunk, Daft, DuckDB and s3fs expect.

`make consumers` tests the libraries themselves.
"""

from __future__ import annotations

import asyncio
import pickle
import threading
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

import cognito_credentials
from cognito_credentials import ProviderConfig
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations import daft, duckdb, icechunk, obstore, polars, s3fs
from cognito_credentials.testing import (
    FakeClock,
    ScriptedTransport,
    credentials_response,
    success_response,
)

POOL_ID = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY_ID = "eu-west-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


@pytest.fixture
def provider():
    clock = FakeClock()
    responses = [
        success_response(IdentityId=IDENTITY_ID),
        credentials_response(IDENTITY_ID, clock=clock),
    ]
    return cognito_credentials.from_cognito_identity_pool(
        POOL_ID, client_config={"transport": ScriptedTransport(responses), "clock": clock}
    )


def is_soon(moment, seconds):
    return seconds - 10 < (moment - datetime.now(UTC)).total_seconds() <= seconds


def test_obstore(provider, install):
    install("obstore")
    credential_provider = obstore.credential_provider(provider)
    value = credential_provider()
    credentials = provider.cached().get()
    assert is_soon(value.pop("expires_at"), 240)
    assert value == {
        "access_key_id": credentials.access_key_id,
        "secret_access_key": credentials.secret_access_key,
        "token": credentials.session_token,
    }
    assert credential_provider.config == {"region": "eu-west-1"}


def test_polars(provider, install):
    install("polars")
    value, expires_at = polars.credential_provider(provider)()
    credentials = provider.cached().get()
    assert isinstance(expires_at, int)
    assert is_soon(datetime.fromtimestamp(expires_at, UTC), 10)
    assert value == {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }


def test_icechunk(provider, install):
    install("icechunk", S3StaticCredentials=SimpleNamespace)
    getter = icechunk.get_credentials(provider)
    value, credentials = getter(), provider.cached().get()
    assert value.access_key_id == credentials.access_key_id
    assert value.secret_access_key == credentials.secret_access_key
    assert value.session_token == credentials.session_token
    assert is_soon(value.expires_after, 30)


def test_icechunk_pickles_a_live_provider_only_within_its_process(provider, install, monkeypatch):
    install("icechunk", S3StaticCredentials=SimpleNamespace)
    pickled = pickle.dumps(icechunk.get_credentials(provider))
    getter = pickle.loads(pickled)  # noqa: S301
    assert getter().access_key_id == provider.cached().get().access_key_id
    monkeypatch.setattr(icechunk, "_getters", {})  # Simulate another process.
    with pytest.raises(ConfigurationError):
        pickle.loads(pickled)  # noqa: S301


def test_icechunk_pickles_a_config(install):
    install("icechunk", S3StaticCredentials=SimpleNamespace)
    getter = icechunk.get_credentials(ProviderConfig(POOL_ID))
    assert pickle.loads(pickle.dumps(getter)) == getter  # noqa: S301


def test_daft(provider, install):
    install("daft")
    install("daft.io", S3Credentials=SimpleNamespace)
    value, credentials = daft.credentials_provider(provider)(), provider.cached().get()
    assert value.key_id == credentials.access_key_id
    assert value.access_key == credentials.secret_access_key
    assert value.session_token == credentials.session_token
    assert is_soon(value.expiry, 30)


class TestDuckDb:
    @pytest.fixture(autouse=True)
    def library(self, install):
        install("duckdb")

    class Connection:
        def __init__(self):
            self.calls = []

        def execute(self, statement, parameters):
            self.calls.append((statement, parameters))

    def test_the_secret_is_replaced_only_if_the_credentials_have_changed(self, provider):
        connection = self.Connection()
        secret = duckdb.create_secret(connection, provider, scope="s3://game")
        secret.refresh()
        credentials = provider.cached().get()
        ((statement, parameters),) = connection.calls
        assert statement.startswith('CREATE OR REPLACE TEMPORARY SECRET "cognito" (TYPE s3, ')
        assert parameters == [
            credentials.access_key_id,
            credentials.secret_access_key,
            credentials.session_token,
            "eu-west-1",
            "s3://game",
        ]
        # The values are parameters, so that no error message of DuckDB contains them.
        assert credentials.secret_access_key not in statement
        provider.cached().invalidate()
        secret.refresh()
        assert len(connection.calls) == 2

    @pytest.mark.parametrize(
        "options", [{"name": 'a"b'}, {"name": ""}, {"a b": 1}, {"key_id": "AKIA"}]
    )
    def test_an_invalid_name_is_rejected(self, provider, options):
        connection = self.Connection()
        with pytest.raises(ConfigurationError):
            duckdb.create_secret(connection, provider, **options)
        assert connection.calls == []


class TestS3fs:
    @pytest.fixture(autouse=True)
    def library(self, install):
        install("s3fs")

    def test_the_session_has_the_credentials_and_the_region(self, provider):
        created = s3fs.session(provider)
        credentials = asyncio.run(read(created))
        assert credentials.access_key == provider.cached().get().access_key_id
        assert created.get_config_variable("region") == "eu-west-1"

    async def test_a_fetch_does_not_block_the_event_loop(self):
        threads = []

        def get_token():
            threads.append(threading.current_thread())
            return "opaque"

        clock = FakeClock()
        responses = [
            success_response(IdentityId=IDENTITY_ID),
            credentials_response(IDENTITY_ID, clock=clock),
        ]
        provider = cognito_credentials.from_cognito_identity_pool(
            POOL_ID,
            logins={"login.example.com": get_token},
            client_config={"transport": ScriptedTransport(responses), "clock": clock},
        )
        await read(s3fs.session(provider))
        assert threads
        assert threading.current_thread() not in threads

    def test_a_session_with_a_config_can_be_pickled(self):
        session = s3fs.session(ProviderConfig(POOL_ID), region_name="eu-west-2")
        copy = pickle.loads(pickle.dumps(session))  # noqa: S301
        assert copy.get_config_variable("region") == "eu-west-2"

    def test_a_session_with_a_live_provider_cannot_be_pickled(self, provider):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(s3fs.session(provider))


async def read(session):
    return await (await session.get_credentials()).get_frozen_credentials()
