from __future__ import annotations

import pytest
from harness import (
    FACEBOOK,
    FACEBOOK_TOKEN,
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    GUEST_KEY,
    IDENTITY,
    OPAQUE_TOKEN,
    OTHER,
    POOL,
    THIRD,
    Supplier,
    jwt,
)

from cognito_credentials import token_subject
from cognito_credentials.errors import ConfigurationError, MalformedResponseError


def test_the_identity_id_is_none_before_the_first_success(side):
    subject = side.pool([side.id_response(), side.credentials()])
    assert subject.identity_id is None
    subject.fetch()
    assert subject.identity_id == IDENTITY


def test_the_identity_id_is_remembered_and_the_credentials_are_not(side):
    subject = side.pool([side.id_response(), side.credentials(), side.credentials(generation=2)])
    first, second = subject.fetch(), subject.fetch()
    assert subject.operations == [GET_ID, GET_CREDENTIALS, GET_CREDENTIALS]
    assert first.access_key_id != second.access_key_id


# --- a merge ------------------------------------------------------------------------------------


def test_the_identity_id_of_a_response_is_adopted_cached_and_reported(side):
    changes = []
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool(
        [side.credentials(OTHER)], cache=cache, on_identity_change=side.adapt(changes.append)
    )
    assert subject.fetch().identity_id == OTHER
    assert subject.identity_id == OTHER
    assert cache.entries == {GUEST_KEY: OTHER}
    assert [(change.old, change.new) for change in changes] == [(IDENTITY, OTHER)]
    side.record(changes[0])
    subject.fetch()
    assert [members["IdentityId"] for _, members in subject.calls] == [IDENTITY, OTHER]
    assert len(changes) == 1


def test_a_merge_replaces_the_identity_id_of_the_caller(side):
    subject = side.identity([side.credentials(OTHER)], logins={FACEBOOK: FACEBOOK_TOKEN})
    assert subject.fetch().identity_id == OTHER
    subject.fetch()
    assert [members["IdentityId"] for _, members in subject.calls] == [IDENTITY, OTHER]


def test_an_unchanged_identity_id_is_not_reported(side):
    changes = []
    subject = side.pool(
        [side.id_response(), side.credentials()], on_identity_change=side.adapt(changes.append)
    )
    subject.fetch()
    subject.fetch()
    assert changes == []


def test_the_provider_has_the_new_identity_id_when_the_change_is_reported(side):
    reported = []
    subject = side.pool(
        [side.id_response(), side.credentials(OTHER)],
        on_identity_change=side.adapt(lambda change: reported.append(subject.identity_id)),
    )
    subject.fetch()
    assert reported == [OTHER]


def test_credentials_are_returned_if_the_callback_raises(side):
    def callback(change):
        raise KeyError(OPAQUE_TOKEN)

    subject = side.pool(
        [side.id_response(), side.credentials(OTHER)], on_identity_change=side.adapt(callback)
    )
    assert subject.fetch().identity_id == OTHER
    (warning,) = [line for line in side.log if line.startswith("WARNING")]
    assert "on_identity_change" in warning
    assert "KeyError" in warning


def test_a_response_with_expired_credentials_does_not_change_the_identity_id(side):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool([side.credentials(OTHER, lifetime=-5)], cache=cache)
    with pytest.raises(Exception, match="expired"):
        subject.fetch()
    assert cache.entries == {GUEST_KEY: IDENTITY}
    assert subject.identity_id is None


# --- users ------------------------------------------------------------------------------------


def test_the_identity_id_of_a_guest_is_cached(side):
    cache = side.cache()
    side.pool([side.id_response(), side.credentials()], cache=cache).fetch()
    assert cache.entries == {GUEST_KEY: IDENTITY}
    second = side.pool([side.credentials()], cache=cache)
    second.fetch()
    assert second.operations == [GET_CREDENTIALS]


def test_the_cache_is_not_used_with_logins_and_without_user_identifier(side):
    cache = side.cache({GUEST_KEY: OTHER})
    subject = side.pool(
        [side.id_response(), side.credentials()], cache=cache, logins={FACEBOOK: FACEBOOK_TOKEN}
    )
    subject.fetch()
    assert cache.used == []
    assert cache.entries == {GUEST_KEY: OTHER}


def test_the_identity_id_is_cached_under_the_user_identifier(side):
    cache = side.cache()
    subject = side.pool(
        [side.id_response(), side.credentials()],
        cache=cache,
        logins={FACEBOOK: FACEBOOK_TOKEN},
        user_identifier="user-7",
    )
    subject.fetch()
    assert cache.entries == {f"aws:cognito-identity-credentials:{POOL}:user-7": IDENTITY}


def test_user_identifier_may_be_a_callable_of_the_claims(side):
    cache = side.cache()
    subject = side.pool(
        [side.id_response(), side.credentials()],
        cache=cache,
        logins={GOOGLE: jwt(sub="user-9")},
        user_identifier=side.adapt(lambda claims: claims["sub"]),
    )
    subject.fetch()
    assert cache.entries == {f"aws:cognito-identity-credentials:{POOL}:user-9": IDENTITY}


def test_token_subject_returns_issuer_and_subject(side):
    cache = side.cache()
    side.pool(
        [side.id_response(), side.credentials()],
        cache=cache,
        logins={GOOGLE: jwt(sub="user-9")},
        user_identifier=token_subject,
    ).fetch()
    assert list(cache.entries) == [f"aws:cognito-identity-credentials:{POOL}:{GOOGLE}#user-9"]


@pytest.mark.parametrize("name", [None, "", 7])
def test_user_identifier_must_return_a_non_empty_string(side, name):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins={GOOGLE: jwt()},
        user_identifier=side.adapt(lambda claims: name),
    )
    error = subject.expect_error(ConfigurationError)
    assert "user_identifier" in str(error)
    assert not subject.requests


def test_a_guest_is_anonymous_if_user_identifier_is_a_callable(side):
    cache: dict[str, str] = {}
    subject = side.pool(
        [side.id_response(), side.credentials()], cache=cache, user_identifier=token_subject
    )
    subject.fetch()
    assert [key.rpartition(":")[2] for key in cache] == ["ANONYMOUS"]


def test_a_callable_user_identifier_needs_an_id_token(side):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins={FACEBOOK: FACEBOOK_TOKEN},
        user_identifier=token_subject,
    )
    assert "user_identifier" in str(subject.expect_error(ConfigurationError))


@pytest.mark.parametrize("kind", ["claims", "opaque"])
def test_another_user_does_not_get_the_identity_id_of_the_previous_user(side, kind):
    tokens = {
        "claims": (jwt(sub="alice"), jwt(sub="bob")),
        "opaque": (FACEBOOK_TOKEN, OPAQUE_TOKEN),
    }[kind]
    provider_name = GOOGLE if kind == "claims" else FACEBOOK
    subject = side.pool(
        [
            side.id_response(IDENTITY),
            side.credentials(IDENTITY),
            side.id_response(OTHER),
            side.credentials(OTHER),
        ],
        logins={provider_name: side.adapt(Supplier(*tokens))},
    )
    assert [subject.fetch().identity_id, subject.fetch().identity_id] == [IDENTITY, OTHER]
    assert subject.operations == [GET_ID, GET_CREDENTIALS] * 2


def test_a_user_with_a_newer_token_has_the_same_identity_id(side):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins={GOOGLE: side.adapt(Supplier(jwt(iat=1), jwt(iat=2)))},
    )
    subject.fetch()
    subject.fetch()
    assert subject.operations == [GET_ID, GET_CREDENTIALS, GET_CREDENTIALS]


def test_account_id_is_sent_to_get_id_only_and_added_to_the_credentials(side):
    subject = side.pool([side.id_response(), side.credentials()], account_id="012345678901")
    assert subject.fetch().account_id == "012345678901"
    assert subject.calls == [
        (GET_ID, {"IdentityPoolId": POOL, "AccountId": "012345678901"}),
        (GET_CREDENTIALS, {"IdentityId": IDENTITY}),
    ]


# --- failing caches and invalid entries -------------------------------------------------------


@pytest.mark.parametrize("broken", ["get", "set", "get set", "get set delete"])
def test_a_failing_cache_causes_one_warning_and_no_error(side, broken):
    subject = side.pool([side.id_response(), side.credentials()], cache=side.cache(broken=broken))
    assert subject.fetch().identity_id == IDENTITY
    subject.fetch()
    warnings = [line for line in side.log if line.startswith("WARNING")]
    assert len(warnings) == 1
    assert "OSError" in warnings[0]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "garbage",
        f" {IDENTITY}",
        IDENTITY.encode(),
        7,
        [],
        {"id": IDENTITY},
        "eu-west-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
        "us-east-1:" + "0" * 60,
    ],
)
def test_an_invalid_identity_id_in_the_cache_is_ignored_and_replaced(side, value):
    cache = side.cache({GUEST_KEY: value})
    subject = side.pool([side.id_response(), side.credentials()], cache=cache)
    assert subject.fetch().identity_id == IDENTITY
    assert subject.operations == [GET_ID, GET_CREDENTIALS]
    assert cache.entries == {GUEST_KEY: IDENTITY}
    assert len([line for line in side.log if line.startswith("WARNING")]) == 1


def test_several_pools_and_users_can_have_the_same_cache(side):
    cache = side.cache()
    other_pool = POOL.replace("1699ebc0", "2699ebc0")
    side.pool([side.id_response(IDENTITY), side.credentials(IDENTITY)], cache=cache).fetch()
    side.pool([side.id_response(OTHER), side.credentials(OTHER)], other_pool, cache=cache).fetch()
    side.pool(
        [side.id_response(THIRD), side.credentials(THIRD)], cache=cache, user_identifier="u"
    ).fetch()
    assert sorted(cache.entries.values()) == sorted([IDENTITY, OTHER, THIRD])


@pytest.mark.parametrize("identity_id", ["", "id-1", None, 7, "us-east-1:XYZ"])
def test_a_response_to_get_id_without_an_identity_id_is_rejected(side, identity_id):
    cache = side.cache()
    subject = side.pool([side.id_response(identity_id)], cache=cache)
    error = subject.expect_error(MalformedResponseError)
    assert "identity ID" in error.message
    assert cache.entries == {}
    assert subject.operations == [GET_ID]
