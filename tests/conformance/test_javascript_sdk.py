"""What the specs of the JavaScript SDK's providers assert, asserted of ours.

The numbers are those of our list of the assertions in `fromCognitoIdentity.spec.ts`,
`fromCognitoIdentityPool.spec.ts`, `resolveLogins.spec.ts`, the specs of its storages, and the
integration specs of `@aws-sdk/credential-providers`. The storages' part (18 to 24) holds for what
takes their place here: the `cache` parameter, as a mapping and as an object with get, set, delete.

Not applicable: 25 to 27 (which of the browser's storages is the default; here it is none) and 29
and 30 (whether a service client is built or was given; here there are no service clients).

Where we do better on purpose, the test says which of that SDK's known defects it is:

- D1: after a failure its provider goes on with the identity id that it removed from its cache.
- D2: concurrent first calls make one identity each.
- D3: an identity id that the service answers with is ignored.
- D4: each service client fetches for itself, and fails early although the old credentials work.
"""

from __future__ import annotations

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
    IDENTITY_GONE,
    OTHER,
    POOL,
    ROLE,
    Side,
    Supplier,
    jwt,
)

from cognito_credentials.errors import (
    ConfigurationError,
    MalformedResponseError,
    NotAuthorizedException,
    TransportError,
)
from cognito_credentials.testing import answer, refusal

# --- fromCognitoIdentity --------------------------------------------------------------------------


def test_01_one_call_with_exactly_the_given_identity_id_and_role(side):
    subject = side.identity([side.credentials()], custom_role_arn=ROLE)
    subject.fetch()
    assert subject.calls == [(GET_CREDENTIALS, {"IdentityId": IDENTITY, "CustomRoleArn": ROLE})]


def test_02_the_answer_is_mapped_and_the_expiration_stays_a_date(side):
    credentials = side.identity([side.credentials(generation=7)]).fetch()
    assert credentials.identity_id == IDENTITY
    assert credentials.access_key_id == "ASIATEST000000000007"
    assert credentials.secret_access_key == "secret-key-of-generation-7"
    assert credentials.session_token == "session-token-of-generation-7"
    assert credentials.expiration == datetime.fromtimestamp(side.clock.now() + 3600, UTC)


@pytest.mark.parametrize("logins", [None, {}])
def test_03_without_logins_none_are_sent(side, logins):
    subject = side.identity([side.credentials()], logins=logins)
    subject.fetch()
    assert subject.calls == [(GET_CREDENTIALS, {"IdentityId": IDENTITY})]


def test_04_logins_may_be_texts_and_functions(side):
    subject = side.identity(
        [side.credentials()],
        logins={FACEBOOK: FACEBOOK_TOKEN, GOOGLE: side.user(Supplier(jwt()))},
    )
    subject.fetch()
    assert subject.calls[0][1]["Logins"] == {FACEBOOK: FACEBOOK_TOKEN, GOOGLE: jwt()}


def test_05_an_answer_without_credentials(side):
    subject = side.identity([answer(IdentityId=IDENTITY)])
    error = subject.fails(MalformedResponseError)
    assert str(error) == "Response from Amazon Cognito contained no credentials"


def test_06_credentials_without_an_access_key_id(side):
    subject = side.identity([answer(IdentityId=IDENTITY, Credentials={"SecretKey": "k"})])
    error = subject.fails(MalformedResponseError)
    assert str(error) == "Response from Amazon Cognito contained no access key ID"


def test_07_credentials_without_a_secret_key(side):
    subject = side.identity([answer(IdentityId=IDENTITY, Credentials={"AccessKeyId": "AKIA"})])
    error = subject.fails(MalformedResponseError)
    assert str(error) == "Response from Amazon Cognito contained no secret key"


# --- fromCognitoIdentityPool ----------------------------------------------------------------------


def test_08_the_first_call_asks_for_an_identity_id_and_goes_on_with_it(side):
    subject = side.pool([side.id_answer(), side.credentials()], custom_role_arn=ROLE)
    assert subject.fetch().identity_id == IDENTITY
    assert subject.calls == [
        (GET_ID, {"IdentityPoolId": POOL}),
        (GET_CREDENTIALS, {"IdentityId": IDENTITY, "CustomRoleArn": ROLE}),
    ]


def test_09_logins_are_resolved_for_get_id_as_well(side):
    subject = side.pool(
        [side.id_answer(), side.credentials()],
        logins={FACEBOOK: FACEBOOK_TOKEN, GOOGLE: side.user(Supplier(jwt()))},
    )
    subject.fetch()
    assert subject.calls[0] == (
        GET_ID,
        {"IdentityPoolId": POOL, "Logins": {FACEBOOK: FACEBOOK_TOKEN, GOOGLE: jwt()}},
    )


def test_10_later_calls_fetch_credentials_and_never_an_identity_id(side):
    subject = side.pool([side.id_answer(), side.credentials()])
    for _ in range(11):
        subject.fetch()
    assert subject.operations == [GET_ID] + [GET_CREDENTIALS] * 11


def test_11_a_get_id_answer_without_an_identity_id(side):
    subject = side.pool([answer()], account_id="123456789012")
    error = subject.fails(MalformedResponseError)
    assert str(error) == "Response from Amazon Cognito contained no identity ID"
    assert subject.calls == [(GET_ID, {"IdentityPoolId": POOL, "AccountId": "123456789012"})]


def test_12_the_cache_holds_a_guests_identity_id(side):
    cache = side.cache()
    side.pool([side.id_answer(), side.credentials()], cache=cache).fetch()
    assert cache.entries == {f"aws:cognito-identity-credentials:{POOL}:ANONYMOUS": IDENTITY}


def test_13_with_the_key_in_the_cache_get_id_is_not_called(side):
    subject = side.pool([side.credentials(OTHER)], cache=side.cache({GUEST_KEY: OTHER}))
    subject.fetch()
    assert subject.calls == [(GET_CREDENTIALS, {"IdentityId": OTHER})]


def test_14_a_failure_that_proves_the_id_dead_removes_it_and_others_do_not(side):
    """Any failure removes it there, a DNS error too: a guest's data is lost. Not here."""
    cache = side.cache({GUEST_KEY: IDENTITY})
    failure = TransportError("no route to host")
    subject = side.pool([failure], cache=cache, client_config={"max_attempts": 1})
    assert subject.fails(TransportError) is failure
    assert cache.entries == {GUEST_KEY: IDENTITY}

    subject = side.pool([refusal(*IDENTITY_GONE), failure], cache=cache)
    subject.fails(TransportError)
    assert cache.entries == {}


def test_15_logins_without_a_user_identifier_never_read_the_cache(side):
    cache = side.cache({GUEST_KEY: OTHER})
    subject = side.pool(
        [side.id_answer(), side.credentials()], cache=cache, logins={FACEBOOK: FACEBOOK_TOKEN}
    )
    assert subject.fetch().identity_id == IDENTITY
    assert cache.used == []


def test_16_logins_without_a_user_identifier_never_remove_from_the_cache(side):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool(
        [side.id_answer(), refusal(*IDENTITY_GONE)],
        cache=cache,
        logins={FACEBOOK: FACEBOOK_TOKEN},
    )
    with pytest.raises(Exception, match="not found"):
        subject.fetch()
    assert cache.used == []


# --- helpers ---------------------------------------------------------------------------------------


def test_17_logins_of_both_kinds_keep_their_keys(side):
    logins = {
        FACEBOOK: side.user(Supplier(FACEBOOK_TOKEN)),
        GOOGLE: jwt(),
        "login.example.com": side.user(Supplier("an-oidc-token")),
    }
    subject = side.pool([side.id_answer(), side.credentials()], logins=logins)
    subject.fetch()
    assert list(subject.calls[0][1]["Logins"]) == list(logins)
    assert all(isinstance(token, str) for token in subject.calls[0][1]["Logins"].values())


CACHES = pytest.mark.parametrize("kind", ["mapping", "object", "awaitable object"])


def cached_id(kind, entries):
    """Run one fetch with a cache of this kind; return the cache and the operations."""
    with Side({"mapping": "sync", "object": "aio", "awaitable object": "aio-awaitable"}[kind]) as s:
        cache = s.cache(entries)
        subject = s.pool([s.id_answer(), s.credentials()], cache=cache)
        if entries:
            subject = s.pool([s.credentials()], cache=cache)
        subject.fetch()
        return cache, subject.operations


@CACHES
def test_18_22_a_cache_remembers(kind):
    cache, operations = cached_id(kind, {})
    assert cache.entries == {GUEST_KEY: IDENTITY}
    assert operations == [GET_ID, GET_CREDENTIALS]


@CACHES
def test_19_23_none_is_a_miss(kind):
    cache, _ = cached_id(kind, {})
    assert cache.used == ["get", "set"]


@CACHES
def test_20_24_a_key_is_removed(kind):
    with Side({"mapping": "sync", "object": "aio", "awaitable object": "aio-awaitable"}[kind]) as s:
        cache = s.cache({GUEST_KEY: IDENTITY})
        subject = s.pool(
            [refusal(*IDENTITY_GONE), TransportError("no route")],
            cache=cache,
            client_config={"max_attempts": 1},
        )
        subject.fails(TransportError)
    assert cache.entries == {}
    assert "delete" in cache.used


@CACHES
def test_21_a_cache_may_be_filled_before(kind):
    _, operations = cached_id(kind, {GUEST_KEY: IDENTITY})
    assert operations == [GET_CREDENTIALS]


# --- the public functions, region and configuration -------------------------------------------------


def test_28_the_options_are_passed_through(side):
    subject = side.pool(
        [side.id_answer(), side.credentials()],
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


def test_31_the_region_is_the_ids_whatever_the_environment_says(side, monkeypatch, home):
    """There it comes from client, caller, environment or profile, and may be wrong. Not here."""
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[default]\nregion = sa-east-1\n")
    pool, identity = regional("eu-west-1")
    subject = side.pool(
        [side.id_answer(identity), side.credentials(identity)],
        pool,
        client_config={"region": "eu-west-1"},
    )
    subject.fetch()
    urls = {request.url for request in subject.requests}
    assert urls == {"https://cognito-identity.eu-west-1.amazonaws.com"}


@pytest.mark.parametrize("name", [None, "work"])
def test_32_settings_come_from_the_default_and_from_a_named_profile(side, home, name):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        "[default]\nmax_attempts = 2\n[profile work]\nmax_attempts = 5\n"
    )
    subject = side.identity([TransportError("no route")], client_config={"profile": name})
    subject.fails(TransportError)
    assert len(subject.requests) == (2 if name is None else 5)


@pytest.mark.parametrize("pool_id", ["1699ebc0-7900-4099-b910-2df94f52a030", ":abc", "", None])
def test_33_without_a_region_anywhere_it_fails(side, pool_id):
    with pytest.raises(ConfigurationError):
        side.pool([], pool_id)


def test_33_a_region_that_contradicts_the_id_fails(side):
    with pytest.raises(ConfigurationError, match="us-east-2"):
        side.pool([], client_config={"region": "us-east-2"})


def test_34_the_pool_is_not_taken_from_the_environment(side, monkeypatch):
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_ID", IDENTITY)
    with pytest.raises(TypeError):
        side.module.from_cognito_identity_pool()
    with pytest.raises(TypeError):
        side.module.from_cognito_identity()


def test_35_the_pool_is_not_taken_from_a_profile(side, home):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        f"[default]\ncognito_identity_pool_id = {regional('eu-west-1')[0]}\n"
    )
    subject = side.pool([side.id_answer(), side.credentials()])
    subject.fetch()
    assert subject.calls[0][1] == {"IdentityPoolId": POOL}


@pytest.mark.parametrize("kind", ["pool", "identity"])
def test_36_an_id_alone_is_enough_and_the_call_goes_to_its_region(side, kind):
    pool, identity = regional("us-east-2")
    if kind == "pool":
        subject = side.pool([side.id_answer(identity), side.credentials(identity)], pool)
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


# --- where we do better -----------------------------------------------------------------------------


def test_d1_a_dead_identity_id_is_not_gone_on_with(side):
    """The provider takes a new id, uses it from then on, and keeps it in the cache."""
    cache = side.cache()
    subject = side.pool(
        [
            side.id_answer(IDENTITY),
            side.credentials(IDENTITY),
            refusal(*IDENTITY_GONE),
            side.id_answer(OTHER),
            side.credentials(OTHER),
        ],
        cache=cache,
    )
    answers = [subject.fetch().identity_id for _ in range(3)]
    assert answers == [IDENTITY, OTHER, OTHER]
    assert cache.entries == {GUEST_KEY: OTHER}


def test_d1_a_refusal_that_says_nothing_of_the_id_keeps_it(side):
    refused = refusal("NotAuthorizedException", "Something about tokens")
    subject = side.pool([side.id_answer(), side.credentials(), refused, side.credentials()])
    subject.fetch()
    subject.fails(NotAuthorizedException)
    assert subject.fetch().identity_id == IDENTITY
    assert subject.operations == [GET_ID] + [GET_CREDENTIALS] * 3


def test_d2_concurrent_first_calls_make_one_identity():
    """Three there; `tests/concurrency` has a thousand."""
    all_are_here = threading.Barrier(3)
    with Side("sync") as side:
        subject = side.pool([side.id_answer(), side.credentials()])

        def first_call():
            all_are_here.wait(10)
            subject.provider()

        threads = [threading.Thread(target=first_call) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert subject.operations.count(GET_ID) == 1


def test_d3_the_answered_identity_id_is_adopted(side):
    subject = side.pool([side.id_answer(IDENTITY), side.credentials(OTHER)])
    assert subject.fetch().identity_id == OTHER
    assert subject.identity_id == OTHER


def test_d4_one_cache_serves_many_clients_and_a_failed_early_refresh_costs_nothing(side):
    failure = TransportError("no route")
    subject = side.pool(
        [side.id_answer(), side.credentials(), failure], client_config={"max_attempts": 1}
    )
    first = subject.get()
    assert all(subject.get() is first for _ in range(5))
    side.clock.advance(3600 - 200)  # there, the last five minutes: wait, and throw
    assert subject.get() is first
    side.settle()
    assert subject.get() is first
    assert subject.operations == [GET_ID, GET_CREDENTIALS, GET_CREDENTIALS]
