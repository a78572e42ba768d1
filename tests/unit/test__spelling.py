"""Arguments with the spelling of another library."""

from __future__ import annotations

import asyncio
import concurrent.futures
import pickle
from datetime import UTC, datetime

import pytest
from harness import GOOGLE, IDENTITY, POOL

import cognito_credentials
from cognito_credentials import (
    BasicFlow,
    ClientConfig,
    Credentials,
    Quotas,
    RefreshPolicy,
    aio,
    login_from_id_token,
    stores,
)
from cognito_credentials._spelling import OTHER_MODULES
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.logins import DeveloperIdentity

# --- names of modules -------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["cognito_credentials", "cognito_credentials.aio"])
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("fromCognitoIdentityPool", "from_cognito_identity_pool"),
        ("fromCognitoIdentity", "from_cognito_identity"),
        ("FromCognitoIdentity", "from_cognito_identity"),
    ],
)
def test_a_name_in_camel_case_is_rejected_with_the_right_name(module, name, meant):
    with pytest.raises(ImportError) as raised:
        exec(f"from {module} import {name}", {})  # noqa: S102
    assert isinstance(raised.value, ConfigurationError)
    assert name in raised.value.message
    assert meant in raised.value.hint
    with pytest.raises(AttributeError) as raised:
        exec(f"import {module} as module; module.{name}", {})  # noqa: S102
    assert isinstance(raised.value, ConfigurationError)
    assert meant in raised.value.hint


def test_a_name_of_a_sync_class_is_rejected_with_the_async_class():
    with pytest.raises(ImportError) as raised:
        exec("from cognito_credentials.aio import CredentialBroker", {})  # noqa: S102
    assert "AsyncCredentialBroker" in raised.value.hint


@pytest.mark.parametrize("module", ["cognito_credentials", "cognito_credentials.aio"])
@pytest.mark.parametrize("name", ["nothing", "Nothing", "_private", "__path_hook__"])
def test_another_name_raises_the_errors_of_python(module, name):
    with pytest.raises(ImportError) as raised:
        exec(f"from {module} import {name}", {})  # noqa: S102
    assert type(raised.value) is ImportError
    assert not hasattr(__import__(module, fromlist=["x"]), name)


# --- parameters -------------------------------------------------------------------------------------

CALLS = {
    "identityPoolId": cognito_credentials.from_cognito_identity_pool,
    "identityPoolID": cognito_credentials.from_cognito_identity_pool,
    "identityId": cognito_credentials.from_cognito_identity,
    "customRoleArn": lambda **names: cognito_credentials.from_cognito_identity(IDENTITY, **names),
    "clientConfig": lambda **names: aio.from_cognito_identity_pool(POOL, **names),
    "userIdentifier": lambda **names: aio.from_cognito_identity_pool(POOL, **names),
    "maxUsers": lambda **names: cognito_credentials.CredentialBroker(POOL, **names),
    "accountId": lambda **names: aio.AsyncCredentialBroker(POOL, **names),
    "requestTimeout": ClientConfig,
    "roleArn": BasicFlow,
    "advisoryRefreshWindow": RefreshPolicy,
    "getId": Quotas,
    "accessKeyId": Credentials,
    "maxEntries": stores.FileStore,
    "evictIdentityIds": stores.MemoryStore,
    "lockPath": stores.KeyringStore,
    "timeOut": lambda **names: cognito_credentials.CommandToken("token", **names),
    "Path": cognito_credentials.FileToken,
    "Name": cognito_credentials.EnvironmentToken,
}


@pytest.mark.parametrize(("name", "call"), CALLS.items(), ids=CALLS)
def test_a_parameter_in_camel_case_is_rejected_with_the_right_name(name, call):
    with pytest.raises(TypeError) as raised:
        call(**{name: "value-that-may-be-secret"})
    assert isinstance(raised.value, ConfigurationError)
    assert name in raised.value.message
    assert raised.value.hint.replace("_", "").lower() == f"pass {name.lower()}."
    assert "secret" not in str(raised.value)


def test_an_unknown_parameter_is_rejected_with_the_list_of_parameters():
    with pytest.raises(ConfigurationError) as raised:
        cognito_credentials.from_cognito_identity_pool(POOL, nothing=1)
    assert "identity_pool_id" in raised.value.hint
    assert "self" not in raised.value.hint


# --- credentials ------------------------------------------------------------------------------------

CREDENTIALS = Credentials(
    access_key_id="ASIAEXAMPLE000000001",
    secret_access_key="a-secret-key-never-to-be-shown",
    session_token="a-session-token-never-to-be-shown",
    expiration=datetime(2027, 1, 15, 10, tzinfo=UTC),
    identity_id=IDENTITY,
    account_id="012345678901",
)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("AccessKeyId", "access_key_id"),
        ("accessKeyId", "access_key_id"),
        ("aws_access_key_id", "access_key_id"),
        ("access_key", "access_key_id"),
        ("SecretKey", "secret_access_key"),
        ("SecretAccessKey", "secret_access_key"),
        ("secret_key", "secret_access_key"),
        ("SessionToken", "session_token"),
        ("token", "session_token"),
        ("Expiration", "expiration"),
        ("expiry_time", "expiration"),
        ("expires", "expiration"),
        ("identityId", "identity_id"),
        ("AccountId", "account_id"),
    ],
)
def test_a_member_of_another_library_is_rejected_with_the_attribute(name, meant):
    with pytest.raises(AttributeError) as raised:
        getattr(CREDENTIALS, name)
    assert isinstance(raised.value, ConfigurationError)
    assert f"credentials.{meant}" in raised.value.hint
    assert not hasattr(CREDENTIALS, name)
    with pytest.raises(TypeError) as raised:
        CREDENTIALS[name]
    assert isinstance(raised.value, ConfigurationError)
    assert f"credentials.{meant}" in raised.value.hint
    assert "never-to-be-shown" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "module"),
    [("FileStore", "stores"), ("Filestore", "stores"), ("AsyncCredentialBroker", "aio")],
)
def test_a_name_of_another_public_module_is_rejected_with_that_module(name, module):
    with pytest.raises(AttributeError) as raised:
        getattr(cognito_credentials, name)
    assert f"cognito_credentials.{module}." in raised.value.hint


@pytest.mark.parametrize("module", [aio, stores])
def test_all_names_of_other_public_modules_are_known(module):
    names = OTHER_MODULES[module.__name__.rpartition(".")[2]]
    assert {*names} == {*module.__all__} - {*cognito_credentials.__all__}


@pytest.mark.parametrize("use", [dict, list, lambda credentials: "x" in credentials])
def test_credentials_are_not_a_collection(use):
    with pytest.raises(TypeError) as raised:
        use(CREDENTIALS)
    assert "as_dict" in raised.value.hint


@pytest.mark.parametrize("name", ["nothing", "__len__", "_nothing"])
def test_another_attribute_raises_the_error_of_python(name):
    with pytest.raises(AttributeError) as raised:
        getattr(CREDENTIALS, name)
    assert type(raised.value) is AttributeError


def test_as_dict_has_the_form_of_a_credential_process():
    assert CREDENTIALS.as_dict() == {
        "Version": 1,
        "AccessKeyId": "ASIAEXAMPLE000000001",
        "SecretAccessKey": "a-secret-key-never-to-be-shown",
        "SessionToken": "a-session-token-never-to-be-shown",
        "Expiration": "2027-01-15T10:00:00Z",
        "AccountId": "012345678901",
    }


def test_as_dict_has_the_form_of_botocore():
    credentials = pytest.importorskip("botocore.credentials")
    metadata = CREDENTIALS.as_dict("botocore")
    refreshable = credentials.RefreshableCredentials.create_from_metadata(
        metadata, refresh_using=lambda: metadata, method="custom"
    )
    frozen = refreshable.get_frozen_credentials()
    assert frozen.access_key == CREDENTIALS.access_key_id
    assert frozen.secret_key == CREDENTIALS.secret_access_key
    assert frozen.token == CREDENTIALS.session_token
    assert refreshable._expiry_time == CREDENTIALS.expiration
    assert metadata["account_id"] == "012345678901"


@pytest.mark.parametrize("form", ["credential_process", "botocore"])
def test_as_dict_omits_an_unknown_account(form):
    credentials = Credentials(
        **{
            name: getattr(CREDENTIALS, name)
            for name in Credentials.__slots__
            if name not in {"_now", "account_id"}
        }
    )
    assert not {"AccountId", "account_id"} & credentials.as_dict(form).keys()


@pytest.mark.parametrize("form", ["json", "", None, 1])
def test_as_dict_rejects_another_form(form):
    with pytest.raises(ConfigurationError, match="form"):
        CREDENTIALS.as_dict(form)


def test_the_errors_can_be_pickled():
    for call in (lambda: CREDENTIALS["AccessKeyId"], lambda: CREDENTIALS.accessKeyId):
        with pytest.raises(ConfigurationError) as raised:
            call()
        copy = pickle.loads(pickle.dumps(raised.value))  # noqa: S301
        assert (type(copy), str(copy)) == (type(raised.value), str(raised.value))


# --- logins -----------------------------------------------------------------------------------------


async def get_token():
    return "token"


def coroutine():
    return get_token()


def task():
    return asyncio.ensure_future(get_token())


def future():
    return asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("create", [coroutine, task, future, concurrent.futures.Future])
@pytest.mark.parametrize(
    "use",
    [
        lambda value: cognito_credentials.from_cognito_identity_pool(POOL, logins={GOOGLE: value}),
        lambda value: aio.from_cognito_identity_pool(POOL, logins={GOOGLE: value}),
        lambda value: aio.from_cognito_identity(IDENTITY, logins={GOOGLE: value}),
        lambda value: cognito_credentials.from_cognito_identity_pool(POOL, logins=value),
        login_from_id_token,
        DeveloperIdentity,
    ],
)
async def test_a_coroutine_task_or_future_is_rejected_with_a_hint_about_its_function(create, use):
    value = create()
    with pytest.raises(ConfigurationError) as raised:
        use(value)
    assert type(value).__name__ in raised.value.message
    assert "function" in raised.value.hint
    if create is task:
        await value


async def test_a_broker_rejects_a_coroutine():
    broker = aio.AsyncCredentialBroker(POOL, prefetch_within=0)
    with pytest.raises(ConfigurationError, match="coroutine"):
        await broker.get("user", {GOOGLE: coroutine()})
    await broker.aclose()
