"""Wording of errors from the public modules for logins, policies, credentials and integrations."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import sys
from datetime import UTC, datetime

import botocore.session
import pytest
from aiobotocore.session import AioSession
from golden import assert_golden, error_texts

from cognito_credentials import (
    CognitoCredentialProvider,
    CredentialBroker,
    Credentials,
    CredentialsCache,
    EnvironmentToken,
    FileToken,
    ProviderConfig,
    RefreshPolicy,
    aio,
    from_cognito_identity_pool,
    logins,
)
from cognito_credentials._core.login_resolution import normalize_logins, resolve_logins
from cognito_credentials._sync.driver import Driver
from cognito_credentials.integrations import (
    aioboto3,
    aiobotocore,
    aiohttp,
    boto3,
    httpx,
    requests,
)
from cognito_credentials.integrations._requests_auth import read_body
from cognito_credentials.policy import check_policy
from cognito_credentials.stores import MemoryStore, StoreConfig
from cognito_credentials.stores.config import create_store
from cognito_credentials.testing import AsyncScriptedTransport, FakeClock, ScriptedTransport

IDENTITY_ID = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


def jwt(**claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


def resolve(source):
    flow = resolve_logins(normalize_logins(source))
    return Driver(transport=None, clock=FakeClock(), max_flight_seconds=1.0).run(flow)


def developer_identity(returned):
    return lambda: resolve(logins.DeveloperIdentity(lambda: returned))


def back_end(**arguments):
    arguments = {"provider_name": "login.example.com", "user": "alice", **arguments}
    return lambda: logins.DeveloperIdentity(IDENTITY_ID, **arguments)


def test_errors_of_logins():
    cases = {
        "user_pool: a name": lambda: logins.user_pool("Example"),
        "user_pool: an identity pool ID": lambda: logins.user_pool(IDENTITY_ID),
        "user_pool: another type": lambda: logins.user_pool(None),
        "user_pool: an invalid region": lambda: logins.user_pool("evil.example.com/_x"),
        "oidc: empty": lambda: logins.oidc(""),
        "oidc: a query": lambda: logins.oidc("https://login.example.com?tenant=1"),
        "oidc: another scheme": lambda: logins.oidc("ftp://login.example.com"),
        "oidc: another type": lambda: logins.oidc(None),
        "token_subject: no subject": lambda: logins.token_subject({"iss": "https://a"}),
        "login_from_id_token: empty": lambda: logins.login_from_id_token(""),
        "login_from_id_token: None": lambda: logins.login_from_id_token(None),
        "login_from_id_token: not a JWT": lambda: logins.login_from_id_token("opaque"),
        "login_from_id_token: no issuer": lambda: logins.login_from_id_token(jwt(sub="x")),
        "login_from_id_token: a token of an identity pool": lambda: logins.login_from_id_token(
            jwt(iss="https://cognito-identity.amazonaws.com", sub=IDENTITY_ID)
        ),
        "login_from_id_token: a supplier returns None": lambda: resolve(
            logins.login_from_id_token(lambda: None)
        ),
        "login_from_id_token: a supplier returns an opaque token": lambda: resolve(
            logins.login_from_id_token(lambda: "opaque")
        ),
        "DeveloperIdentity: another pool ID": lambda: logins.DeveloperIdentity("us-east-1"),
        "DeveloperIdentity: no user": back_end(user=None),
        "DeveloperIdentity: an empty user": back_end(user=""),
        "DeveloperIdentity: a long user": back_end(user="x" * 1025),
        "DeveloperIdentity: a URL": back_end(provider_name="https://login.example.com"),
        "DeveloperIdentity: a secret": back_end(credentials="AKIAEXAMPLE"),
        "DeveloperIdentity: a list of tags": back_end(principal_tags=["a"]),
        "DeveloperIdentity: many tags": back_end(
            principal_tags={str(number): "x" for number in range(51)}
        ),
        "DeveloperIdentity: an empty tag": back_end(principal_tags={"department": ""}),
        "DeveloperIdentity: a tag without a name": back_end(principal_tags={"": "x"}),
        "DeveloperIdentity: milliseconds": back_end(token_duration=900_000),
        "DeveloperIdentity: a supplier and a user": lambda: logins.DeveloperIdentity(print, user=1),
        "DeveloperIdentity: a pair": lambda: logins.DeveloperIdentity((IDENTITY_ID, "token")),
        "DeveloperIdentity: None is returned": developer_identity(None),
        "DeveloperIdentity: a string is returned": developer_identity("id"),
        "DeveloperIdentity: no token is returned": developer_identity({"IdentityId": IDENTITY_ID}),
        "DeveloperIdentity: wrong order": developer_identity(("token", IDENTITY_ID)),
        "DeveloperIdentity: an empty token": developer_identity((IDENTITY_ID, "")),
    }
    assert_golden("logins", error_texts(cases))


def test_errors_of_refresh_policies():
    cases = {
        "a negative window": lambda: RefreshPolicy(advisory_refresh_window=-1),
        "an infinite window": lambda: RefreshPolicy(mandatory_refresh_window=float("inf")),
        "jitter: None": lambda: RefreshPolicy(jitter=None),
        "a mandatory window longer than the advisory one": lambda: RefreshPolicy(
            advisory_refresh_window=60, mandatory_refresh_window=61
        ),
        "another type": lambda: check_policy({"jitter": 0}, 3600),
        "a window longer than the lifetime": lambda: check_policy(
            RefreshPolicy(advisory_refresh_window=3601), 3600
        ),
    }
    assert_golden("refresh_policy", error_texts(cases))


def test_errors_of_credentials():
    arguments = {"access_key_id": "A", "secret_access_key": "S", "session_token": "T"}
    with pytest.raises(ValueError) as naive:
        Credentials(**arguments, expiration=datetime(2027, 1, 1), identity_id="i")  # noqa: DTZ001
    credentials = Credentials(
        **arguments, expiration=datetime.fromisoformat("2027-01-01T00:00:00Z"), identity_id="i"
    )
    with pytest.raises(AttributeError) as immutable:
        credentials.session_token = "U"
    assert_golden("credentials", f"{naive.value}\n{immutable.value}\n")


def test_errors_of_integrations(monkeypatch):
    sync_config = {"transport": ScriptedTransport([])}
    async_config = {"transport": AsyncScriptedTransport([])}
    sync_provider = from_cognito_identity_pool(IDENTITY_ID, client_config=sync_config)
    async_provider = aio.from_cognito_identity_pool(IDENTITY_ID, client_config=async_config)
    broker = CredentialBroker(IDENTITY_ID, client_config=sync_config)
    closed_provider = from_cognito_identity_pool(IDENTITY_ID, client_config=sync_config)
    closed_provider.close()
    session_with_keys = botocore.session.Session()
    session_with_keys.set_credentials("AKIA", "secret")

    def without(library, function):
        def call():
            with monkeypatch.context() as patch:
                patch.setitem(sys.modules, library, None)
                function()

        return call

    cases = {
        "boto3: an async provider": lambda: boto3.session(async_provider),
        "boto3: another type": lambda: boto3.session("provider"),
        "boto3: a class": lambda: boto3.session(CognitoCredentialProvider),
        "boto3: credentials": lambda: boto3.session(
            Credentials(
                access_key_id="AKIA",
                secret_access_key="secret",
                session_token="token",
                expiration=datetime(2030, 1, 1, tzinfo=UTC),
                identity_id=IDENTITY_ID,
            )
        ),
        "boto3: a broker": lambda: boto3.session(broker),
        "boto3: a closed provider": lambda: boto3.session(closed_provider),
        "boto3: an async session": lambda: boto3.install(AioSession(), sync_provider),
        "boto3: not a session": lambda: boto3.install("session", sync_provider),
        "boto3: a session with keys": lambda: boto3.install(session_with_keys, sync_provider),
        "boto3: not installed": without("boto3", lambda: boto3.session(sync_provider)),
        "aiobotocore: a sync provider": lambda: aiobotocore.session(sync_provider),
        "aiobotocore: a sync session": lambda: aiobotocore.install(
            botocore.session.Session(), async_provider
        ),
        "aiobotocore: not installed": without(
            "aiobotocore.session", lambda: aiobotocore.session(async_provider)
        ),
        "aioboto3: not installed": without("aioboto3", lambda: aioboto3.session(async_provider)),
    }
    text = error_texts(cases)
    sync_credentials = boto3.session(sync_provider).get_credentials()
    async_credentials = asyncio.run(aiobotocore.session(async_provider).get_credentials())
    with pytest.raises(TypeError) as pickled:
        pickle.dumps(sync_credentials)
    with pytest.raises(AttributeError) as attribute:
        async_credentials.secret_key
    assert_golden("integrations", f"{text}\n{pickled.value}\n{attribute.value}\n")


def test_errors_of_signed_requests():
    sync_provider = from_cognito_identity_pool(
        IDENTITY_ID, client_config={"transport": ScriptedTransport([])}
    )
    async_provider = aio.from_cognito_identity_pool(
        IDENTITY_ID, client_config={"transport": AsyncScriptedTransport([])}
    )

    def middleware(provider, **arguments):
        options = {"service": "es", "endpoint_url": "https://example.com", **arguments}
        return lambda: aiohttp.middleware(provider, **options)

    client = boto3.session(sync_provider).client("s3")
    other_client = botocore.session.Session().create_client(
        "s3", "us-east-1", aws_access_key_id="AKIA", aws_secret_access_key="secret"
    )
    cases = {
        "a service that is a URL": lambda: httpx.auth(sync_provider, service="https://a"),
        "a service of another type": lambda: httpx.auth(sync_provider, service=None),
        "an invalid region": lambda: httpx.auth(sync_provider, service="es", region="us east"),
        "an unknown type": lambda: httpx.auth("provider", service="es"),
        "requests: an async provider": lambda: requests.auth(async_provider, service="es"),
        "requests: a body that can be read once": lambda: read_body(iter([b""]), can_stream=False),
        "aiohttp: a sync provider": middleware(sync_provider),
        "aiohttp: no URL": middleware(async_provider, endpoint_url="example.com"),
        "presign: min_remaining after expires_in": lambda: boto3.presign(
            client, "get_object", expires_in=60, min_remaining=61
        ),
        "presign: other credentials": lambda: boto3.presign(other_client, "get_object"),
    }
    assert_golden("signed_requests", error_texts(cases))
    client.close()
    other_client.close()


def test_errors_of_descriptions(tmp_path):
    (tmp_path / "key").write_text("c2hvcnQ=")
    key = EnvironmentToken("MISSING_SEALING_KEY")
    redis = {"url": "redis://localhost", "sealing_key": FileToken(tmp_path / "key")}

    def config(**arguments):
        return lambda: ProviderConfig(IDENTITY_ID, **arguments)

    def login(source):
        return config(logins={"accounts.google.com": source})

    cases = {
        "no ID": ProviderConfig,
        "two IDs": lambda: ProviderConfig(IDENTITY_ID, identity_id=IDENTITY_ID),
        "an identity ID and a user": lambda: ProviderConfig(
            identity_id=IDENTITY_ID, user_identifier="alice"
        ),
        "a function as user identifier": config(user_identifier=logins.token_subject),
        "a function as role": config(custom_role_arn=lambda claims: ""),
        "a token": login(jwt(iss="https://accounts.google.com")),
        "a function as login": login(lambda: ""),
        "a live clock": login(logins.CommandToken("token", clock=FakeClock())),
        "an ID token": config(
            logins=logins.login_from_id_token(jwt(iss="https://accounts.google.com"))
        ),
        "a supplier of a developer identity": config(logins=logins.DeveloperIdentity(lambda: "")),
        "AWS credentials of a developer identity": config(
            logins=logins.DeveloperIdentity(IDENTITY_ID, "a", "b", credentials=lambda: None)
        ),
        "another login source": config(logins=logins.LoginSource()),
        "a transport": config(client_config={"transport": ScriptedTransport([])}),
        "a proxy with a password": config(
            client_config={"proxies": {"https": "http://user:password@proxy"}}
        ),
        "a store": config(store=MemoryStore()),
        "another policy": config(policy=60),
        "a config instead of a provider": lambda: CredentialsCache(ProviderConfig(IDENTITY_ID)),
        "StoreConfig: no method": StoreConfig,
        "StoreConfig: no path": lambda: StoreConfig.file(""),
        "StoreConfig: a password": lambda: StoreConfig.redis(
            "redis://:x@localhost", sealing_key=key
        ),
        "StoreConfig: another URL": lambda: StoreConfig.redis("localhost", sealing_key=key),
        "StoreConfig: a key": lambda: StoreConfig.redis("redis://localhost", sealing_key=bytes(32)),
        "StoreConfig: no key": lambda: create_store(
            StoreConfig.redis("redis://localhost", sealing_key=key)
        ),
        "StoreConfig: a short key": lambda: create_store(StoreConfig.redis(**redis)),
    }
    text = error_texts(cases)
    for item in (ProviderConfig(IDENTITY_ID), StoreConfig.file()):
        with pytest.raises(AttributeError) as caught:
            item.path = "x"
        text += f"\n{caught.value}"
    provider = from_cognito_identity_pool(IDENTITY_ID)
    for item in (provider, provider.cached()):
        with pytest.raises(TypeError) as pickled:
            pickle.dumps(item)
        text += f"\n{pickled.value}"
    assert_golden("provider_config", f"{text}\n")
