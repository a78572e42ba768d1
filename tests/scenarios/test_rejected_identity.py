"""When an identity id is dropped, and above all when it is not."""

from __future__ import annotations

import pytest
from harness import (
    FACEBOOK,
    FACEBOOK_TOKEN,
    FORBIDDEN,
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    GUEST_KEY,
    IDENTITY,
    IDENTITY_NOT_FOUND,
    MALFORMED_ID,
    OTHER,
    POOL,
    POOL_NOT_FOUND,
    RATE_EXCEEDED,
    THIRD,
    TOKEN_EXPIRED,
    Supplier,
    jwt,
)

from cognito_credentials.errors import (
    CognitoCredentialsError,
    IdentityForbidden,
    IdentityNotFound,
    LoginTokenExpired,
    RequestTimeoutError,
    TransportError,
    ValidationException,
)
from cognito_credentials.testing import refusal

RECOVERED = [GET_CREDENTIALS, GET_ID, GET_CREDENTIALS]


def replaced(side, refused, **arguments):
    """Let the first id, which comes from the cache, be refused; return what happened."""
    user = arguments.get("user_identifier", "ANONYMOUS")
    key = f"aws:cognito-identity-credentials:{POOL}:{user}"
    cache = side.cache({key: IDENTITY})
    changes = []
    subject = side.pool(
        [refused, side.id_response(OTHER), side.credentials(OTHER)],
        cache=cache,
        on_identity_change=side.adapt(changes.append),
        **arguments,
    )
    return subject, cache, changes, key


# --- proven dead ------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [IDENTITY_NOT_FOUND, MALFORMED_ID, FORBIDDEN])
def test_a_guests_cached_id_that_is_dead_is_replaced_once(side, answer):
    subject, cache, changes, key = replaced(side, refusal(*answer))
    assert subject.fetch().identity_id == OTHER
    assert subject.operations == RECOVERED
    assert cache.entries == {key: OTHER}
    assert [(change.old, change.new) for change in changes] == [(IDENTITY, OTHER)]
    subject.fetch()
    assert subject.operations == [*RECOVERED, GET_CREDENTIALS]
    assert subject.calls[-1][1]["IdentityId"] == OTHER


@pytest.mark.parametrize("answer", [IDENTITY_NOT_FOUND, MALFORMED_ID, FORBIDDEN])
def test_a_remembered_id_that_dies_is_replaced_without_a_cache(side, answer):
    subject = side.pool(
        [
            side.id_response(IDENTITY),
            side.credentials(IDENTITY),
            refusal(*answer),
            side.id_response(OTHER),
            side.credentials(OTHER),
        ]
    )
    assert [subject.fetch().identity_id, subject.fetch().identity_id] == [IDENTITY, OTHER]
    assert subject.operations == [GET_ID, GET_CREDENTIALS, *RECOVERED]


@pytest.mark.parametrize("answer", [IDENTITY_NOT_FOUND, MALFORMED_ID, FORBIDDEN])
def test_a_signed_in_users_cached_id_is_replaced_while_the_token_is_in_date(side, answer):
    subject, cache, _, key = replaced(
        side,
        refusal(*answer),
        logins={GOOGLE: jwt(exp=side.clock.now() + 9000)},
        user_identifier="u",
    )
    assert subject.fetch().identity_id == OTHER
    assert cache.entries == {key: OTHER}


def test_an_id_that_was_just_made_and_is_not_found_is_replaced(side):
    subject = side.pool(
        [
            side.id_response(IDENTITY),
            refusal(*IDENTITY_NOT_FOUND),
            side.id_response(OTHER),
            side.credentials(OTHER),
        ]
    )
    assert subject.fetch().identity_id == OTHER


def test_the_basic_flow_recovers_in_the_same_way(side):
    from harness import GET_OPENID_TOKEN, ROLE

    from cognito_credentials import BasicFlow

    subject = side.pool(
        [refusal(*IDENTITY_NOT_FOUND), side.id_response(OTHER), refusal(*RATE_EXCEEDED)],
        cache=side.cache({GUEST_KEY: IDENTITY}),
        basic_flow=BasicFlow(role_arn=ROLE),
        client_config={"max_attempts": 1},
    )
    with pytest.raises(CognitoCredentialsError):
        subject.fetch()
    assert subject.operations == [GET_OPENID_TOKEN, GET_ID, GET_OPENID_TOKEN]


# --- never twice --------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [IDENTITY_NOT_FOUND, MALFORMED_ID, FORBIDDEN])
def test_never_twice_in_one_fetch(side, answer):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool([refusal(*answer), side.id_response(OTHER), refusal(*answer)], cache=cache)
    with pytest.raises(CognitoCredentialsError):
        subject.fetch()
    assert subject.operations == RECOVERED
    assert cache.entries == {GUEST_KEY: OTHER}


def test_a_login_and_an_id_may_each_be_replaced_once_in_one_fetch(side):
    supplier = Supplier(jwt(n=1), jwt(n=2))
    subject, _, _, _ = replaced(
        side,
        refusal(*TOKEN_EXPIRED),
        logins={GOOGLE: side.adapt(supplier)},
        user_identifier="u",
    )
    script = [
        refusal(*TOKEN_EXPIRED),
        refusal(*IDENTITY_NOT_FOUND),
        side.id_response(OTHER),
        side.credentials(OTHER),
    ]
    subject = side.pool(
        script,
        cache=side.cache({f"aws:cognito-identity-credentials:{POOL}:u": IDENTITY}),
        logins={GOOGLE: side.adapt(supplier)},
        user_identifier="u",
    )
    assert subject.fetch().identity_id == OTHER
    assert subject.operations == [GET_CREDENTIALS, *RECOVERED]
    assert supplier.refresh_arguments == [False, True]


# --- not proven dead ----------------------------------------------------------------------------------


UNPROVEN = {
    "throttle": lambda: refusal(*RATE_EXCEEDED),
    "500": lambda: refusal("InternalErrorException", "oops", status=500),
    "503 of a proxy": lambda: refusal("", "", status=503),
    "404 of a proxy": lambda: refusal("", "", status=404),
    "external service": lambda: refusal("ExternalServiceException", "facebook"),
    "timeout": lambda: RequestTimeoutError("no answer within 10 s"),
    "network": lambda: TransportError("no route"),
    "expired": lambda: refusal(*TOKEN_EXPIRED),
    "logins mismatch": lambda: refusal(
        "NotAuthorizedException",
        "Logins don't match. Please include at least one valid login for this identity "
        "or identity pool.",
    ),
    "guests disabled": lambda: refusal(
        "NotAuthorizedException", "Unauthenticated access is not supported for this identity pool."
    ),
    "pool gone": lambda: refusal(*POOL_NOT_FOUND),
    "other not found": lambda: refusal("ResourceNotFoundException", "Something else"),
    "other validation": lambda: refusal(
        "ValidationException", "1 validation error detected: Value at 'customRoleArn' failed"
    ),
    "parameter": lambda: refusal("InvalidParameterException", "Please provide a valid provider"),
    "conflict": lambda: refusal("ResourceConflictException", "Logged in elsewhere"),
    "pool roles": lambda: refusal("InvalidIdentityPoolConfigurationException", "Invalid"),
    "limit": lambda: refusal("LimitExceededException", "Limit"),
}


@pytest.mark.parametrize("reason", UNPROVEN)
def test_what_proves_nothing_drops_nothing(side, reason):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool([UNPROVEN[reason]()], cache=cache)
    with pytest.raises(CognitoCredentialsError):
        subject.fetch()
    assert cache.entries == {GUEST_KEY: IDENTITY}
    assert set(subject.operations) == {GET_CREDENTIALS}
    with pytest.raises(CognitoCredentialsError):
        subject.fetch()
    assert {members["IdentityId"] for _, members in subject.calls} == {IDENTITY}


@pytest.mark.parametrize("reason", UNPROVEN)
def test_what_get_id_answers_drops_nothing(side, reason):
    cache = side.cache()
    subject = side.pool([UNPROVEN[reason]()], cache=cache)
    with pytest.raises(CognitoCredentialsError):
        subject.fetch()
    assert cache.used == ["get"]
    assert set(subject.operations) == {GET_ID}


@pytest.mark.parametrize(
    ("answer", "kind"), [(FORBIDDEN, IdentityForbidden), (MALFORMED_ID, ValidationException)]
)
def test_an_id_that_was_just_made_is_not_replaced_unless_it_is_not_found(side, answer, kind):
    cache = side.cache()
    subject = side.pool([side.id_response(), refusal(*answer)], cache=cache)
    subject.expect_error(kind)
    assert subject.operations == [GET_ID, GET_CREDENTIALS]
    assert cache.entries == {GUEST_KEY: IDENTITY}


def test_forbidden_says_nothing_of_the_id_when_a_login_has_lapsed(side):
    token = jwt(exp=side.clock.now() - 10)
    subject, cache, _, key = replaced(
        side, refusal(*FORBIDDEN), logins={GOOGLE: token}, user_identifier="u"
    )
    subject.expect_error(IdentityForbidden)
    assert subject.operations == [GET_CREDENTIALS]
    assert cache.entries == {key: IDENTITY}


def test_forbidden_with_one_lapsed_login_among_two_says_nothing(side):
    subject, cache, _, key = replaced(
        side,
        refusal(*FORBIDDEN),
        logins={FACEBOOK: FACEBOOK_TOKEN, GOOGLE: jwt(exp=side.clock.now() - 10)},
        user_identifier="u",
    )
    subject.expect_error(IdentityForbidden)
    assert cache.entries == {key: IDENTITY}


def test_whether_a_login_has_lapsed_is_judged_by_the_services_clock(side):
    side.skew = 7200.0
    token = jwt(exp=side.clock.now() + 3600)  # in date here, over at the service
    headers = {"date": "Fri, 15 Jan 2027 10:00:00 GMT"}
    assert side.service_clock().now() == 1_800_007_200  # that very moment
    subject, cache, _, key = replaced(
        side, refusal(*FORBIDDEN, headers=headers), logins={GOOGLE: token}, user_identifier="u"
    )
    subject.expect_error(IdentityForbidden)
    assert cache.entries == {key: IDENTITY}


def test_forbidden_with_an_opaque_login_replaces_the_id(side):
    subject, _, _, _ = replaced(
        side, refusal(*FORBIDDEN), logins={FACEBOOK: FACEBOOK_TOKEN}, user_identifier="u"
    )
    assert subject.fetch().identity_id == OTHER


# --- never an id that the caller gave -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (IDENTITY_NOT_FOUND, IdentityNotFound),
        (MALFORMED_ID, ValidationException),
        (FORBIDDEN, IdentityForbidden),
    ],
)
def test_an_id_that_the_caller_gave_is_never_replaced(side, answer, kind):
    subject = side.identity([refusal(*answer)])
    subject.expect_error(kind)
    subject.expect_error(kind)
    assert subject.operations == [GET_CREDENTIALS] * 2
    assert {members["IdentityId"] for _, members in subject.calls} == {IDENTITY}


# --- compare and delete -------------------------------------------------------------------------------


def test_a_newer_id_of_another_process_is_not_deleted_but_used(side):
    cache = side.cache({GUEST_KEY: IDENTITY})

    def refuse_after_another_process_has_replaced_it(request):
        if side.is_sync:
            dict.__setitem__(cache, GUEST_KEY, THIRD)
        else:
            cache.entries[GUEST_KEY] = THIRD
        return refusal(*IDENTITY_NOT_FOUND)

    subject = side.pool(
        [refuse_after_another_process_has_replaced_it, side.credentials(THIRD)], cache=cache
    )
    assert subject.fetch().identity_id == THIRD
    assert subject.operations == [GET_CREDENTIALS, GET_CREDENTIALS]
    assert cache.entries == {GUEST_KEY: THIRD}
    assert "delete" not in cache.used


@pytest.mark.parametrize("broken", ["delete", "set delete"])
def test_a_cache_that_does_not_delete_does_not_bring_the_dead_id_back(side, broken):
    cache = side.cache({GUEST_KEY: IDENTITY}, broken=broken)
    subject = side.pool(
        [refusal(*IDENTITY_NOT_FOUND), side.id_response(OTHER), side.credentials(OTHER)],
        cache=cache,
    )
    assert subject.fetch().identity_id == OTHER
    assert subject.operations == RECOVERED


def test_a_failed_replacement_loses_nothing_that_was_not_dead(side):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool(
        [refusal(*IDENTITY_NOT_FOUND), TransportError("no route")],
        cache=cache,
        client_config={"max_attempts": 1},
    )
    subject.expect_error(TransportError)
    assert cache.entries == {}
    assert subject.operations == [GET_CREDENTIALS, GET_ID]


def test_an_expired_login_never_drops_the_id(side):
    subject, cache, _, key = replaced(
        side, refusal(*TOKEN_EXPIRED), logins={GOOGLE: jwt()}, user_identifier="u"
    )
    subject.expect_error(LoginTokenExpired)
    assert cache.entries == {key: IDENTITY}
