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


def test_the_answered_identity_id_is_adopted_stored_and_told(side):
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


def test_a_given_identity_id_that_was_merged_goes_on_as_the_answered_one(side):
    subject = side.identity([side.credentials(OTHER)], logins={FACEBOOK: FACEBOOK_TOKEN})
    assert subject.fetch().identity_id == OTHER
    subject.fetch()
    assert [members["IdentityId"] for _, members in subject.calls] == [IDENTITY, OTHER]


def test_an_unchanged_identity_id_is_not_told(side):
    changes = []
    subject = side.pool(
        [side.id_response(), side.credentials()], on_identity_change=side.adapt(changes.append)
    )
    subject.fetch()
    subject.fetch()
    assert changes == []


def test_the_provider_knows_the_new_identity_id_when_it_is_told(side):
    seen = []
    subject = side.pool(
        [side.id_response(), side.credentials(OTHER)],
        on_identity_change=side.adapt(lambda change: seen.append(subject.identity_id)),
    )
    subject.fetch()
    assert seen == [OTHER]


def test_a_callback_that_raises_costs_no_credentials(side):
    def callback(change):
        raise KeyError(OPAQUE_TOKEN)

    subject = side.pool(
        [side.id_response(), side.credentials(OTHER)], on_identity_change=side.adapt(callback)
    )
    assert subject.fetch().identity_id == OTHER
    assert any("on_identity_change raised KeyError" in line for line in side.log)


def test_an_answer_that_is_over_changes_no_identity_id(side):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool([side.credentials(OTHER, lifetime=-5)], cache=cache)
    with pytest.raises(Exception, match="expired"):
        subject.fetch()
    assert cache.entries == {GUEST_KEY: IDENTITY}
    assert subject.identity_id is None


# --- whose identity id it is ------------------------------------------------------------------------


def test_a_guests_identity_id_is_kept_in_the_cache(side):
    cache = side.cache()
    side.pool([side.id_response(), side.credentials()], cache=cache).fetch()
    assert cache.entries == {GUEST_KEY: IDENTITY}
    second = side.pool([side.credentials()], cache=cache)
    second.fetch()
    assert second.operations == [GET_CREDENTIALS]


def test_with_logins_and_no_user_identifier_the_cache_is_left_alone(side):
    cache = side.cache({GUEST_KEY: OTHER})
    subject = side.pool(
        [side.id_response(), side.credentials()], cache=cache, logins={FACEBOOK: FACEBOOK_TOKEN}
    )
    subject.fetch()
    assert cache.used == []
    assert cache.entries == {GUEST_KEY: OTHER}


def test_a_named_users_identity_id_is_kept_under_the_name(side):
    cache = side.cache()
    subject = side.pool(
        [side.id_response(), side.credentials()],
        cache=cache,
        logins={FACEBOOK: FACEBOOK_TOKEN},
        user_identifier="user-7",
    )
    subject.fetch()
    assert cache.entries == {f"aws:cognito-identity-credentials:{POOL}:user-7": IDENTITY}


def test_a_user_is_named_by_the_tokens_claims(side):
    cache = side.cache()
    subject = side.pool(
        [side.id_response(), side.credentials()],
        cache=cache,
        logins={GOOGLE: jwt(sub="user-9")},
        user_identifier=side.adapt(lambda claims: claims["sub"]),
    )
    subject.fetch()
    assert cache.entries == {f"aws:cognito-identity-credentials:{POOL}:user-9": IDENTITY}


def test_token_subject_names_issuer_and_subject(side):
    cache = side.cache()
    side.pool(
        [side.id_response(), side.credentials()],
        cache=cache,
        logins={GOOGLE: jwt(sub="user-9")},
        user_identifier=token_subject,
    ).fetch()
    assert list(cache.entries) == [f"aws:cognito-identity-credentials:{POOL}:{GOOGLE}#user-9"]


@pytest.mark.parametrize("name", [None, "", 7])
def test_a_user_identifier_that_names_nobody_is_refused(side, name):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins={GOOGLE: jwt()},
        user_identifier=side.adapt(lambda claims: name),
    )
    error = subject.expect_error(ConfigurationError)
    assert "user_identifier" in str(error)
    assert not subject.requests


def test_a_guest_is_anonymous_even_where_users_are_named_by_their_claims(side):
    cache: dict[str, str] = {}
    subject = side.pool(
        [side.id_response(), side.credentials()], cache=cache, user_identifier=token_subject
    )
    subject.fetch()
    assert [key.rpartition(":")[2] for key in cache] == ["ANONYMOUS"]


def test_a_user_identifier_that_wants_claims_needs_a_token_that_has_some(side):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins={FACEBOOK: FACEBOOK_TOKEN},
        user_identifier=token_subject,
    )
    assert "user_identifier" in str(subject.expect_error(ConfigurationError))


@pytest.mark.parametrize("kind", ["claims", "opaque"])
def test_another_user_never_gets_the_former_users_identity_id(side, kind):
    tokens = {
        "claims": (jwt(sub="alice"), jwt(sub="bob")),
        "opaque": (FACEBOOK_TOKEN, OPAQUE_TOKEN),
    }[kind]
    key = GOOGLE if kind == "claims" else FACEBOOK
    subject = side.pool(
        [
            side.id_response(IDENTITY),
            side.credentials(IDENTITY),
            side.id_response(OTHER),
            side.credentials(OTHER),
        ],
        logins={key: side.adapt(Supplier(*tokens))},
    )
    assert [subject.fetch().identity_id, subject.fetch().identity_id] == [IDENTITY, OTHER]
    assert subject.operations == [GET_ID, GET_CREDENTIALS] * 2


def test_a_user_whose_token_was_renewed_keeps_the_identity_id(side):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins={GOOGLE: side.adapt(Supplier(jwt(iat=1), jwt(iat=2)))},
    )
    subject.fetch()
    subject.fetch()
    assert subject.operations == [GET_ID, GET_CREDENTIALS, GET_CREDENTIALS]


def test_account_id_is_sent_with_get_id_only_and_copied(side):
    subject = side.pool([side.id_response(), side.credentials()], account_id="012345678901")
    assert subject.fetch().account_id == "012345678901"
    assert subject.calls == [
        (GET_ID, {"IdentityPoolId": POOL, "AccountId": "012345678901"}),
        (GET_CREDENTIALS, {"IdentityId": IDENTITY}),
    ]


# --- a cache that is no good --------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["get", "set", "get set", "get set delete"])
def test_a_cache_that_raises_costs_a_warning_and_no_credentials(side, broken):
    subject = side.pool([side.id_response(), side.credentials()], cache=side.cache(broken=broken))
    assert subject.fetch().identity_id == IDENTITY
    subject.fetch()
    warnings = [line for line in side.log if line.startswith("WARNING")]
    assert len(warnings) == 1
    assert "OSError" in warnings[0]


@pytest.mark.parametrize(
    "garbage",
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
def test_what_is_no_identity_id_of_the_region_is_a_miss(side, garbage):
    cache = side.cache({GUEST_KEY: garbage})
    subject = side.pool([side.id_response(), side.credentials()], cache=cache)
    assert subject.fetch().identity_id == IDENTITY
    assert subject.operations == [GET_ID, GET_CREDENTIALS]
    assert cache.entries == {GUEST_KEY: IDENTITY}
    assert len([line for line in side.log if line.startswith("WARNING")]) == 1


def test_one_cache_serves_many_pools_and_users(side):
    cache = side.cache()
    other_pool = POOL.replace("1699ebc0", "2699ebc0")
    side.pool([side.id_response(IDENTITY), side.credentials(IDENTITY)], cache=cache).fetch()
    side.pool([side.id_response(OTHER), side.credentials(OTHER)], other_pool, cache=cache).fetch()
    side.pool(
        [side.id_response(THIRD), side.credentials(THIRD)], cache=cache, user_identifier="u"
    ).fetch()
    assert sorted(cache.entries.values()) == sorted([IDENTITY, OTHER, THIRD])


@pytest.mark.parametrize("identity_id", ["", "id-1", None, 7, "us-east-1:XYZ"])
def test_a_get_id_answer_without_an_identity_id_is_refused(side, identity_id):
    cache = side.cache()
    subject = side.pool([side.id_response(identity_id)], cache=cache)
    error = subject.expect_error(MalformedResponseError)
    assert str(error) == "Response from Amazon Cognito contained no identity ID"
    assert cache.entries == {}
    assert subject.operations == [GET_ID]
