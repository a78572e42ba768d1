"""Responses that evict an identity ID, and responses that must not."""

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
from cognito_credentials.testing import error_response

RECOVERED = [GET_CREDENTIALS, GET_ID, GET_CREDENTIALS]


def reject_cached_id(side, response, **arguments):
    """Return a subject with a cached ID, for which the service sends `response`.

    Also return the cache, the list of identity changes and the cache key.
    """
    user = arguments.get("user_identifier", "ANONYMOUS")
    key = f"aws:cognito-identity-credentials:{POOL}:{user}"
    cache = side.cache({key: IDENTITY})
    changes = []
    subject = side.pool(
        [response, side.id_response(OTHER), side.credentials(OTHER)],
        cache=cache,
        on_identity_change=side.adapt(changes.append),
        **arguments,
    )
    return subject, cache, changes, key


# --- proof that the ID is invalid -------------------------------------------------------------


@pytest.mark.parametrize("service_error", [IDENTITY_NOT_FOUND, MALFORMED_ID, FORBIDDEN])
def test_an_invalid_cached_id_of_a_guest_is_replaced(side, service_error):
    subject, cache, changes, key = reject_cached_id(side, error_response(*service_error))
    assert subject.fetch().identity_id == OTHER
    assert subject.operations == RECOVERED
    assert cache.entries == {key: OTHER}
    assert [(change.old, change.new) for change in changes] == [(IDENTITY, OTHER)]
    subject.fetch()
    assert subject.operations == [*RECOVERED, GET_CREDENTIALS]
    assert subject.calls[-1][1]["IdentityId"] == OTHER


@pytest.mark.parametrize("service_error", [IDENTITY_NOT_FOUND, MALFORMED_ID, FORBIDDEN])
def test_an_invalid_remembered_id_is_replaced_without_a_cache(side, service_error):
    subject = side.pool(
        [
            side.id_response(IDENTITY),
            side.credentials(IDENTITY),
            error_response(*service_error),
            side.id_response(OTHER),
            side.credentials(OTHER),
        ]
    )
    assert [subject.fetch().identity_id, subject.fetch().identity_id] == [IDENTITY, OTHER]
    assert subject.operations == [GET_ID, GET_CREDENTIALS, *RECOVERED]


@pytest.mark.parametrize("service_error", [IDENTITY_NOT_FOUND, MALFORMED_ID, FORBIDDEN])
def test_an_invalid_cached_id_of_a_signed_in_user_is_replaced_if_the_token_has_not_expired(
    side, service_error
):
    subject, cache, _, key = reject_cached_id(
        side,
        error_response(*service_error),
        logins={GOOGLE: jwt(exp=side.clock.now() + 9000)},
        user_identifier="u",
    )
    assert subject.fetch().identity_id == OTHER
    assert cache.entries == {key: OTHER}


def test_a_new_id_that_is_not_found_is_replaced(side):
    subject = side.pool(
        [
            side.id_response(IDENTITY),
            error_response(*IDENTITY_NOT_FOUND),
            side.id_response(OTHER),
            side.credentials(OTHER),
        ]
    )
    assert subject.fetch().identity_id == OTHER


def test_the_basic_flow_replaces_an_invalid_id_as_well(side):
    from harness import GET_OPENID_TOKEN, ROLE

    from cognito_credentials import BasicFlow

    subject = side.pool(
        [
            error_response(*IDENTITY_NOT_FOUND),
            side.id_response(OTHER),
            error_response(*RATE_EXCEEDED),
        ],
        cache=side.cache({GUEST_KEY: IDENTITY}),
        basic_flow=BasicFlow(role_arn=ROLE),
        client_config={"max_attempts": 1},
    )
    with pytest.raises(CognitoCredentialsError):
        subject.fetch()
    assert subject.operations == [GET_OPENID_TOKEN, GET_ID, GET_OPENID_TOKEN]


# --- at most once -----------------------------------------------------------------------------


@pytest.mark.parametrize("service_error", [IDENTITY_NOT_FOUND, MALFORMED_ID, FORBIDDEN])
def test_an_id_is_replaced_at_most_once_in_a_fetch(side, service_error):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool(
        [error_response(*service_error), side.id_response(OTHER), error_response(*service_error)],
        cache=cache,
    )
    with pytest.raises(CognitoCredentialsError):
        subject.fetch()
    assert subject.operations == RECOVERED
    assert cache.entries == {GUEST_KEY: OTHER}


def test_a_fetch_can_replace_an_expired_token_and_an_invalid_id(side):
    supplier = Supplier(jwt(n=1), jwt(n=2))
    subject, _, _, _ = reject_cached_id(
        side,
        error_response(*TOKEN_EXPIRED),
        logins={GOOGLE: side.adapt(supplier)},
        user_identifier="u",
    )
    script = [
        error_response(*TOKEN_EXPIRED),
        error_response(*IDENTITY_NOT_FOUND),
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


# --- errors without proof ---------------------------------------------------------------------


UNPROVEN = {
    "throttle": lambda: error_response(*RATE_EXCEEDED),
    "500": lambda: error_response("InternalErrorException", "oops", status=500),
    "503 of a proxy": lambda: error_response("", "", status=503),
    "404 of a proxy": lambda: error_response("", "", status=404),
    "external service": lambda: error_response("ExternalServiceException", "facebook"),
    "timeout": lambda: RequestTimeoutError("no response within 10 s"),
    "network": lambda: TransportError("no route"),
    "expired": lambda: error_response(*TOKEN_EXPIRED),
    "logins mismatch": lambda: error_response(
        "NotAuthorizedException",
        "Logins don't match. Please include at least one valid login for this identity "
        "or identity pool.",
    ),
    "guests disabled": lambda: error_response(
        "NotAuthorizedException", "Unauthenticated access is not supported for this identity pool."
    ),
    "pool gone": lambda: error_response(*POOL_NOT_FOUND),
    "other not found": lambda: error_response("ResourceNotFoundException", "Something else"),
    "other validation": lambda: error_response(
        "ValidationException", "1 validation error detected: Value at 'customRoleArn' failed"
    ),
    "parameter": lambda: error_response(
        "InvalidParameterException", "Please provide a valid provider"
    ),
    "conflict": lambda: error_response("ResourceConflictException", "Logged in elsewhere"),
    "pool roles": lambda: error_response("InvalidIdentityPoolConfigurationException", "Invalid"),
    "limit": lambda: error_response("LimitExceededException", "Limit"),
}


@pytest.mark.parametrize("reason", UNPROVEN)
def test_an_error_without_proof_evicts_no_id(side, reason):
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
def test_an_error_of_get_id_evicts_no_id(side, reason):
    cache = side.cache()
    subject = side.pool([UNPROVEN[reason]()], cache=cache)
    with pytest.raises(CognitoCredentialsError):
        subject.fetch()
    assert cache.used == ["get"]
    assert set(subject.operations) == {GET_ID}


@pytest.mark.parametrize(
    ("service_error", "kind"), [(FORBIDDEN, IdentityForbidden), (MALFORMED_ID, ValidationException)]
)
def test_a_new_id_is_only_replaced_if_it_is_not_found(side, service_error, kind):
    cache = side.cache()
    subject = side.pool([side.id_response(), error_response(*service_error)], cache=cache)
    subject.expect_error(kind)
    assert subject.operations == [GET_ID, GET_CREDENTIALS]
    assert cache.entries == {GUEST_KEY: IDENTITY}


def test_a_forbidden_id_is_not_evicted_if_the_token_has_expired(side):
    token = jwt(exp=side.clock.now() - 10)
    subject, cache, _, key = reject_cached_id(
        side, error_response(*FORBIDDEN), logins={GOOGLE: token}, user_identifier="u"
    )
    subject.expect_error(IdentityForbidden)
    assert subject.operations == [GET_CREDENTIALS]
    assert cache.entries == {key: IDENTITY}


def test_a_forbidden_id_is_not_evicted_if_one_of_two_tokens_has_expired(side):
    subject, cache, _, key = reject_cached_id(
        side,
        error_response(*FORBIDDEN),
        logins={FACEBOOK: FACEBOOK_TOKEN, GOOGLE: jwt(exp=side.clock.now() - 10)},
        user_identifier="u",
    )
    subject.expect_error(IdentityForbidden)
    assert cache.entries == {key: IDENTITY}


def test_the_expiry_of_the_token_is_compared_with_the_clock_of_the_service(side):
    side.skew = 7200.0
    # The token has expired only according to the service's clock.
    token = jwt(exp=side.clock.now() + 3600)
    headers = {"date": "Fri, 15 Jan 2027 10:00:00 GMT"}
    # The `Date` header contains the service's time.
    assert side.service_clock().now() == 1_800_007_200
    subject, cache, _, key = reject_cached_id(
        side,
        error_response(*FORBIDDEN, headers=headers),
        logins={GOOGLE: token},
        user_identifier="u",
    )
    subject.expect_error(IdentityForbidden)
    assert cache.entries == {key: IDENTITY}


def test_a_forbidden_id_is_replaced_with_an_opaque_token(side):
    subject, _, _, _ = reject_cached_id(
        side, error_response(*FORBIDDEN), logins={FACEBOOK: FACEBOOK_TOKEN}, user_identifier="u"
    )
    assert subject.fetch().identity_id == OTHER


# --- IDs of the caller ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service_error", "kind"),
    [
        (IDENTITY_NOT_FOUND, IdentityNotFound),
        (MALFORMED_ID, ValidationException),
        (FORBIDDEN, IdentityForbidden),
    ],
)
def test_an_id_of_the_caller_is_never_replaced(side, service_error, kind):
    subject = side.identity([error_response(*service_error)])
    subject.expect_error(kind)
    subject.expect_error(kind)
    assert subject.operations == [GET_CREDENTIALS] * 2
    assert {members["IdentityId"] for _, members in subject.calls} == {IDENTITY}


# --- other processes, and failing caches ------------------------------------------------------


def test_a_newer_id_of_another_process_is_used_and_not_deleted(side):
    cache = side.cache({GUEST_KEY: IDENTITY})

    def reject_after_another_process_has_replaced_the_id(request):
        if side.is_sync:
            dict.__setitem__(cache, GUEST_KEY, THIRD)
        else:
            cache.entries[GUEST_KEY] = THIRD
        return error_response(*IDENTITY_NOT_FOUND)

    subject = side.pool(
        [reject_after_another_process_has_replaced_the_id, side.credentials(THIRD)], cache=cache
    )
    assert subject.fetch().identity_id == THIRD
    assert subject.operations == [GET_CREDENTIALS, GET_CREDENTIALS]
    assert cache.entries == {GUEST_KEY: THIRD}
    assert "delete" not in cache.used


@pytest.mark.parametrize("broken", ["delete", "set delete"])
def test_an_evicted_id_is_not_used_again_if_the_cache_fails_to_delete(side, broken):
    cache = side.cache({GUEST_KEY: IDENTITY}, broken=broken)
    subject = side.pool(
        [error_response(*IDENTITY_NOT_FOUND), side.id_response(OTHER), side.credentials(OTHER)],
        cache=cache,
    )
    assert subject.fetch().identity_id == OTHER
    assert subject.operations == RECOVERED


def test_a_failed_replacement_evicts_the_invalid_id_only(side):
    cache = side.cache({GUEST_KEY: IDENTITY})
    subject = side.pool(
        [error_response(*IDENTITY_NOT_FOUND), TransportError("no route")],
        cache=cache,
        client_config={"max_attempts": 1},
    )
    subject.expect_error(TransportError)
    assert cache.entries == {}
    assert subject.operations == [GET_CREDENTIALS, GET_ID]


def test_an_expired_token_does_not_evict_the_id(side):
    subject, cache, _, key = reject_cached_id(
        side, error_response(*TOKEN_EXPIRED), logins={GOOGLE: jwt()}, user_identifier="u"
    )
    subject.expect_error(LoginTokenExpired)
    assert cache.entries == {key: IDENTITY}
