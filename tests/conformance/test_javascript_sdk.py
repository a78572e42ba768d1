"""The assertions of the JavaScript SDK's test suite, applied to this library's providers.

The numbers in the test names are those of the assertions, which are counted through
`fromCognitoIdentity.spec.ts`, `fromCognitoIdentityPool.spec.ts`, `resolveLogins.spec.ts`, the storage
specs, and the integration specs of `@aws-sdk/credential-providers`. The tests for the storage specs
(18 to 24) pass a `cache`, either a mapping or an object with get, set and delete.

Two groups do not apply: 25 to 27 (which browser storage is the default), because this library has
no default cache, and 29 and 30 (whether a service client is created or passed), because this
library has no service clients.

The tests named after D1 to D4 check that this library does not have these defects of the SDK:

- D1: After a failure, the provider continues to use the identity ID that it has removed from its cache.
- D2: Concurrent first calls create one identity each.
- D3: The identity ID in the response from GetCredentialsForIdentity is ignored.
- D4: Each service client fetches its own credentials. If a fetch fails, the client fails even if
  its current credentials are valid.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest
from harness import (
    FACEBOOK,
    FACEBOOK_TOKEN,
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    GUEST_KEY,
    IDENTITY,
    IDENTITY_NOT_FOUND,
    OTHER,
    POOL,
    ROLE,
    Side,
    Supplier,
    jwt,
)

from cognito_credentials._core.http import HttpResponse
from cognito_credentials.errors import (
    ConfigurationError,
    IdentityNotFound,
    MalformedResponseError,
    NotAuthorizedException,
    TransportError,
)
from cognito_credentials.testing import error_response, success_response

# --- fromCognitoIdentity --------------------------------------------------------------------------


def test_01_the_only_call_contains_the_identity_id_and_the_role(side):
    subject = side.identity([side.credentials()], custom_role_arn=ROLE)
    subject.fetch()
    assert subject.calls == [(GET_CREDENTIALS, {"IdentityId": IDENTITY, "CustomRoleArn": ROLE})]


def test_02_the_response_becomes_credentials_with_a_datetime(side):
    credentials = side.identity([side.credentials(generation=7)]).fetch()
    assert credentials.identity_id == IDENTITY
    assert credentials.access_key_id == "ASIATEST000000000007"
    assert credentials.secret_access_key == "secret-key-of-generation-7"
    assert credentials.session_token == "session-token-of-generation-7"
    assert credentials.expiration == datetime.fromtimestamp(side.clock.now() + 3600, UTC)


@pytest.mark.parametrize("logins", [None, {}])
def test_03_no_logins_are_sent_if_none_are_configured(side, logins):
    subject = side.identity([side.credentials()], logins=logins)
    subject.fetch()
    assert subject.calls == [(GET_CREDENTIALS, {"IdentityId": IDENTITY})]


def test_04_logins_can_be_strings_and_functions(side):
    subject = side.identity(
        [side.credentials()],
        logins={FACEBOOK: FACEBOOK_TOKEN, GOOGLE: side.adapt(Supplier(jwt()))},
    )
    subject.fetch()
    assert subject.calls[0][1]["Logins"] == {FACEBOOK: FACEBOOK_TOKEN, GOOGLE: jwt()}


def test_05_a_response_without_credentials_is_an_error(side):
    subject = side.identity([success_response(IdentityId=IDENTITY)])
    error = subject.expect_error(MalformedResponseError)
    assert error.message == "Response from Amazon Cognito contained no credentials"


def test_06_credentials_without_an_access_key_id_are_an_error(side):
    subject = side.identity([success_response(IdentityId=IDENTITY, Credentials={"SecretKey": "k"})])
    error = subject.expect_error(MalformedResponseError)
    assert error.message == "Response from Amazon Cognito contained no access key ID"


def test_07_credentials_without_a_secret_key_are_an_error(side):
    subject = side.identity(
        [success_response(IdentityId=IDENTITY, Credentials={"AccessKeyId": "AKIA"})]
    )
    error = subject.expect_error(MalformedResponseError)
    assert error.message == "Response from Amazon Cognito contained no secret key"


# --- fromCognitoIdentityPool ----------------------------------------------------------------------


def test_08_the_first_fetch_gets_an_identity_id_and_then_its_credentials(side):
    subject = side.pool([side.id_response(), side.credentials()], custom_role_arn=ROLE)
    assert subject.fetch().identity_id == IDENTITY
    assert subject.calls == [
        (GET_ID, {"IdentityPoolId": POOL}),
        (GET_CREDENTIALS, {"IdentityId": IDENTITY, "CustomRoleArn": ROLE}),
    ]


def test_09_get_id_receives_the_resolved_logins(side):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins={FACEBOOK: FACEBOOK_TOKEN, GOOGLE: side.adapt(Supplier(jwt()))},
    )
    subject.fetch()
    assert subject.calls[0] == (
        GET_ID,
        {"IdentityPoolId": POOL, "Logins": {FACEBOOK: FACEBOOK_TOKEN, GOOGLE: jwt()}},
    )


def test_10_later_fetches_do_not_call_get_id(side):
    subject = side.pool([side.id_response(), side.credentials()])
    for _ in range(11):
        subject.fetch()
    assert subject.operations == [GET_ID] + [GET_CREDENTIALS] * 11


def test_11_a_get_id_response_without_an_identity_id_is_an_error(side):
    subject = side.pool([success_response()], account_id="123456789012")
    error = subject.expect_error(MalformedResponseError)
    assert error.message == "Response from Amazon Cognito contained no identity ID"
    assert subject.calls == [(GET_ID, {"IdentityPoolId": POOL, "AccountId": "123456789012"})]


def test_12_the_identity_id_of_a_guest_is_cached(side):
    cache = side.cache()
    side.pool([side.id_response(), side.credentials()], cache=cache).fetch()
    assert cache.entries == {f"aws:cognito-identity-credentials:{POOL}:ANONYMOUS": IDENTITY}


def test_13_get_id_is_not_called_if_the_identity_id_is_cached(side):
    subject = side.pool([side.credentials(OTHER)], cache=side.cache({GUEST_KEY: OTHER}))
    subject.fetch()
    assert subject.calls == [(GET_CREDENTIALS, {"IdentityId": OTHER})]


def test_14_an_identity_id_is_evicted_only_if_it_no_longer_exists(side):
    """The SDK evicts the ID after any failure, so even a DNS error makes a guest lose its data."""
    cache = side.cache({GUEST_KEY: IDENTITY})
    failure = TransportError("no route to host")
    subject = side.pool([failure], cache=cache, client_config={"max_attempts": 1})
    assert subject.expect_error(TransportError) is failure
    assert cache.entries == {GUEST_KEY: IDENTITY}

    subject = side.pool([error_response(*IDENTITY_NOT_FOUND), failure], cache=cache)
    subject.expect_error(TransportError)
    assert cache.entries == {}


def test_15_the_cache_is_not_read_for_logins_without_a_user_identifier(side):
    cache = side.cache({GUEST_KEY: OTHER})
    subject = side.pool(
        [side.id_response(), side.credentials()], cache=cache, logins={FACEBOOK: FACEBOOK_TOKEN}
    )
    assert subject.fetch().identity_id == IDENTITY
    assert cache.used == []


def test_16_nothing_is_evicted_for_logins_without_a_user_identifier(side):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool(
        [side.id_response(), error_response(*IDENTITY_NOT_FOUND)],
        cache=cache,
        logins={FACEBOOK: FACEBOOK_TOKEN},
    )
    with pytest.raises(Exception, match="not found"):
        subject.fetch()
    assert cache.used == []


# --- helpers ---------------------------------------------------------------------------------------


def test_17_strings_and_functions_keep_their_provider_names(side):
    logins = {
        FACEBOOK: side.adapt(Supplier(FACEBOOK_TOKEN)),
        GOOGLE: jwt(),
        "login.example.com": side.adapt(Supplier("an-oidc-token")),
    }
    subject = side.pool([side.id_response(), side.credentials()], logins=logins)
    subject.fetch()
    assert list(subject.calls[0][1]["Logins"]) == list(logins)
    assert all(isinstance(token, str) for token in subject.calls[0][1]["Logins"].values())


CACHES = pytest.mark.parametrize("kind", ["mapping", "object", "awaitable object"])


def fetch_with_cache(kind, entries):
    """Fetch once with a cache of this kind, and return the cache and the called operations."""
    with Side({"mapping": "sync", "object": "aio", "awaitable object": "aio-awaitable"}[kind]) as s:
        cache = s.cache(entries)
        subject = s.pool([s.id_response(), s.credentials()], cache=cache)
        if entries:
            subject = s.pool([s.credentials()], cache=cache)
        subject.fetch()
        return cache, subject.operations


@CACHES
def test_18_22_a_new_identity_id_is_cached(kind):
    cache, operations = fetch_with_cache(kind, {})
    assert cache.entries == {GUEST_KEY: IDENTITY}
    assert operations == [GET_ID, GET_CREDENTIALS]


@CACHES
def test_19_23_a_missing_key_is_read_and_then_set(kind):
    cache, _ = fetch_with_cache(kind, {})
    # The second read, after GetId, would find an ID that another process stored in the meantime.
    assert cache.used == ["get", "get", "set"]


@CACHES
def test_20_24_an_identity_id_that_no_longer_exists_is_deleted(kind):
    with Side({"mapping": "sync", "object": "aio", "awaitable object": "aio-awaitable"}[kind]) as s:
        cache = s.cache({GUEST_KEY: IDENTITY})
        subject = s.pool(
            [error_response(*IDENTITY_NOT_FOUND), TransportError("no route")],
            cache=cache,
            client_config={"max_attempts": 1},
        )
        subject.expect_error(TransportError)
    assert cache.entries == {}
    assert "delete" in cache.used


@CACHES
def test_21_the_cache_can_have_initial_entries(kind):
    _, operations = fetch_with_cache(kind, {GUEST_KEY: IDENTITY})
    assert operations == [GET_CREDENTIALS]


# --- the public functions, region and configuration -------------------------------------------------


def test_28_all_options_affect_the_requests(side):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        account_id="123456789012",
        cache=(cache := side.cache()),
        user_identifier="user-1",
        custom_role_arn=ROLE,
        logins={FACEBOOK: FACEBOOK_TOKEN},
        client_config={"endpoint_url": "http://127.0.0.1:9/path", "user_agent_extra": "app/1"},
    )
    subject.fetch()
    assert subject.calls == [
        (
            GET_ID,
            {
                "IdentityPoolId": POOL,
                "AccountId": "123456789012",
                "Logins": {FACEBOOK: FACEBOOK_TOKEN},
            },
        ),
        (
            GET_CREDENTIALS,
            {
                "IdentityId": IDENTITY,
                "Logins": {FACEBOOK: FACEBOOK_TOKEN},
                "CustomRoleArn": ROLE,
            },
        ),
    ]
    assert list(cache.entries) == [f"aws:cognito-identity-credentials:{POOL}:user-1"]
    assert {request.url for request in subject.requests} == {"http://127.0.0.1:9/path"}
    assert subject.requests[0].headers["User-Agent"].endswith("app/1")


def regional(region):
    return POOL.replace("us-east-1", region), IDENTITY.replace("us-east-1", region)


def test_31_the_region_comes_from_the_id_and_not_from_the_environment(side, monkeypatch, home):
    """The SDK may use a wrong region, because it gets it from the client, environment or profile."""
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[default]\nregion = sa-east-1\n")
    pool, identity = regional("eu-west-1")
    subject = side.pool([side.id_response(identity), side.credentials(identity)], pool)
    subject.fetch()
    urls = {request.url for request in subject.requests}
    assert urls == {"https://cognito-identity.eu-west-1.amazonaws.com"}


@pytest.mark.parametrize("name", [None, "work"])
def test_32_settings_come_from_the_default_profile_or_a_named_profile(side, home, name):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        "[default]\nmax_attempts = 2\n[profile work]\nmax_attempts = 5\n"
    )
    subject = side.identity([TransportError("no route")], client_config={"profile": name})
    subject.expect_error(TransportError)
    assert len(subject.requests) == (2 if name is None else 5)


@pytest.mark.parametrize("pool_id", ["1699ebc0-7900-4099-b910-2df94f52a030", ":abc", "", None])
def test_33_an_id_without_a_region_is_rejected(side, pool_id):
    with pytest.raises(ConfigurationError):
        side.pool([], pool_id)


def test_33_a_region_that_contradicts_the_id_is_rejected(side):
    with pytest.raises(ConfigurationError, match="us-east-2"):
        side.pool([], client_config={"region": "us-east-2"})


def test_34_the_pool_id_is_not_read_from_the_environment(side, monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_ID", IDENTITY)
    with pytest.raises(TypeError):
        side.module.from_cognito_identity_pool()
    with pytest.raises(TypeError):
        side.module.from_cognito_identity()


def test_35_the_pool_id_is_not_read_from_a_profile(side, home):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        f"[default]\ncognito_identity_pool_id = {regional('eu-west-1')[0]}\n"
    )
    subject = side.pool([side.id_response(), side.credentials()])
    subject.fetch()
    assert subject.calls[0][1] == {"IdentityPoolId": POOL}


@pytest.mark.parametrize("kind", ["pool", "identity"])
def test_36_an_id_is_the_only_required_setting_and_determines_the_region(side, kind):
    pool, identity = regional("us-east-2")
    if kind == "pool":
        subject = side.pool([side.id_response(identity), side.credentials(identity)], pool)
    else:
        subject = side.identity([side.credentials(identity)], identity)
    credentials = subject.fetch()
    urls = {request.url for request in subject.requests}
    assert urls == {"https://cognito-identity.us-east-2.amazonaws.com"}
    assert credentials.identity_id == identity
    assert all(
        (
            credentials.access_key_id,
            credentials.secret_access_key,
            credentials.session_token,
            credentials.expiration,
        )
    )


# --- error responses and timestamps, as `@smithy/core/protocols` reads them --------------------------


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, {"__type": "ResourceNotFoundException"}),
        ({}, {"code": "ResourceNotFoundException"}),
        ({}, {"Code": "ResourceNotFoundException"}),
        ({}, {"__type": "com.amazonaws.cognito.identity#ResourceNotFoundException"}),
        ({}, {"code": "ResourceNotFoundException:http://internal.amazon.com/coral/a.b/"}),
        ({"x-amzn-errortype": "ResourceNotFoundException:http://internal.amazon.com/"}, {}),
        ({"x-amzn-errortype": "ResourceNotFoundException,x"}, {}),
    ],
)
def test_the_error_code_is_found_in_any_of_its_places_and_forms(side, headers, body):
    body = json.dumps({"message": f"Identity '{IDENTITY}' not found.", **body}).encode()
    error = side.identity([HttpResponse(400, headers, body)]).expect_error(IdentityNotFound)
    assert error.code == "ResourceNotFoundException"


@pytest.mark.parametrize("form", ["{:.0f}", "{:.1f}", "{:.9e}"])
def test_an_expiration_may_be_a_number_in_quotation_marks(side, form):
    text = form.format(side.clock.now() + 3600)
    credentials = side.identity([side.credentials(Expiration=text)]).fetch()
    assert credentials.expiration == datetime.fromtimestamp(side.clock.now() + 3600, UTC)


# --- defects of the SDK that this library does not have --------------------------------------------


def test_d1_an_identity_id_that_no_longer_exists_is_replaced(side):
    """The provider gets a new identity ID, caches it, and uses it in later calls."""
    cache = side.cache()
    subject = side.pool(
        [
            side.id_response(IDENTITY),
            side.credentials(IDENTITY),
            error_response(*IDENTITY_NOT_FOUND),
            side.id_response(OTHER),
            side.credentials(OTHER),
        ],
        cache=cache,
    )
    identity_ids = [subject.fetch().identity_id for _ in range(3)]
    assert identity_ids == [IDENTITY, OTHER, OTHER]
    assert cache.entries == {GUEST_KEY: OTHER}


def test_d1_an_error_about_something_else_does_not_discard_the_identity_id(side):
    rejected = error_response("NotAuthorizedException", "Something about tokens")
    subject = side.pool([side.id_response(), side.credentials(), rejected, side.credentials()])
    subject.fetch()
    subject.expect_error(NotAuthorizedException)
    assert subject.fetch().identity_id == IDENTITY
    assert subject.operations == [GET_ID] + [GET_CREDENTIALS] * 3


def test_d2_concurrent_first_fetches_create_one_identity():
    """The SDK creates three identities. tests/concurrency repeats this test with 1,000 threads."""
    barrier = threading.Barrier(3)
    with Side("sync") as side:
        subject = side.pool([side.id_response(), side.credentials()])

        def fetch():
            barrier.wait(10)
            subject.provider()

        threads = [threading.Thread(target=fetch) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert subject.operations.count(GET_ID) == 1


def test_d3_the_identity_id_of_the_response_is_adopted(side):
    subject = side.pool([side.id_response(IDENTITY), side.credentials(OTHER)])
    assert subject.fetch().identity_id == OTHER
    assert subject.identity_id == OTHER


def test_d4_a_shared_cache_returns_valid_credentials_after_a_failed_refresh(side):
    failure = TransportError("no route")
    subject = side.pool(
        [side.id_response(), side.credentials(), failure], client_config={"max_attempts": 1}
    )
    first = subject.get()
    assert all(subject.get() is first for _ in range(5))
    side.clock.advance(3600 - 200)  # The SDK would wait for new credentials, and fail.
    assert subject.get() is first
    side.settle()
    assert subject.get() is first
    assert subject.operations == [GET_ID, GET_CREDENTIALS, GET_CREDENTIALS]
