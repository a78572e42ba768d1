from __future__ import annotations

import json

import pytest
from fake_store import FakeStore
from harness import (
    FACEBOOK,
    FACEBOOK_TOKEN,
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    IDENTITY,
    OPAQUE_TOKEN,
    OTHER,
    TOKEN_EXPIRED,
    USER_POOL,
    Supplier,
    jwt,
    operation_of,
)

from cognito_credentials import login_from_id_token
from cognito_credentials.errors import (
    ConfigurationError,
    LoginTokenError,
    LoginTokenExpired,
    LoginTokenRejected,
    UnauthenticatedAccessDisabled,
)
from cognito_credentials.testing import error_response


def tokens_sent(subject):
    return [members.get("Logins") for _, members in subject.calls]


def test_a_supplier_is_called_once_for_both_calls(side):
    supplier = Supplier(jwt(n=1), jwt(n=2))
    subject = side.pool(
        [side.id_response(), side.credentials()], logins={GOOGLE: side.adapt(supplier)}
    )
    subject.fetch()
    assert supplier.refresh_arguments == [False]
    assert subject.operations == [GET_ID, GET_CREDENTIALS]
    assert tokens_sent(subject) == [{GOOGLE: jwt(n=1)}] * 2


def test_a_supplier_is_called_for_each_fetch(side):
    supplier = Supplier(jwt(n=1), jwt(n=2))
    subject = side.pool(
        [side.id_response(), side.credentials()], logins={GOOGLE: side.adapt(supplier)}
    )
    subject.fetch()
    subject.fetch()
    assert supplier.refresh_arguments == [False, False]
    assert tokens_sent(subject)[-1] == {GOOGLE: jwt(n=2)}


def test_a_supplier_is_not_called_again_for_a_retry(side):
    supplier = Supplier(jwt(n=1), jwt(n=2))
    subject = side.pool(
        [
            side.id_response(),
            error_response("InternalErrorException", "", status=500),
            side.credentials(),
        ],
        logins={GOOGLE: side.adapt(supplier)},
    )
    subject.fetch()
    assert supplier.refresh_arguments == [False]
    assert len(subject.requests) == 3


def test_the_supplier_and_the_service_are_called_again_after_an_expired_token(side):
    supplier = Supplier(jwt(n=1), jwt(n=2))
    subject = side.identity(
        [error_response(*TOKEN_EXPIRED), side.credentials()], logins={GOOGLE: side.adapt(supplier)}
    )
    assert subject.fetch().identity_id == IDENTITY
    assert supplier.refresh_arguments == [False, True]
    assert tokens_sent(subject) == [{GOOGLE: jwt(n=1)}, {GOOGLE: jwt(n=2)}]


def test_the_supplier_is_called_again_if_get_id_rejects_an_expired_token(side):
    supplier = Supplier(jwt(n=1), jwt(n=2))
    subject = side.pool(
        [error_response(*TOKEN_EXPIRED), side.id_response(), side.credentials()],
        logins={GOOGLE: side.adapt(supplier)},
    )
    subject.fetch()
    assert supplier.refresh_arguments == [False, True]
    assert tokens_sent(subject) == [{GOOGLE: jwt(n=1)}, {GOOGLE: jwt(n=2)}, {GOOGLE: jwt(n=2)}]


def test_a_supplier_without_the_parameter_refresh_is_called_again_as_well(side):
    tokens = []

    def supplier():
        tokens.append(jwt(n=len(tokens)))
        return tokens[-1]

    subject = side.identity(
        [error_response(*TOKEN_EXPIRED), side.credentials()], logins={GOOGLE: side.adapt(supplier)}
    )
    subject.fetch()
    assert len(tokens) == 2


def test_a_second_expired_token_is_an_error(side):
    supplier = Supplier(jwt(n=1), jwt(n=2))
    subject = side.identity([error_response(*TOKEN_EXPIRED)], logins={GOOGLE: side.adapt(supplier)})
    error = subject.expect_error(LoginTokenExpired)
    assert supplier.refresh_arguments == [False, True]
    assert len(subject.requests) == 2
    assert error.operation_name == GET_CREDENTIALS
    assert error.hint


def test_an_expired_token_without_a_supplier_is_an_error(side):
    subject = side.identity([error_response(*TOKEN_EXPIRED)], logins={GOOGLE: jwt()})
    subject.expect_error(LoginTokenExpired)
    assert len(subject.requests) == 1


def test_a_token_that_has_expired_by_both_clocks_is_not_sent(side):
    subject = side.pool([side.id_response(), side.credentials()], logins={})
    signed_in = side.pool(
        [side.id_response(), side.credentials()],
        logins={USER_POOL: jwt(USER_POOL, token_use="id", exp=side.clock.now() + 60)},
    )
    signed_in.fetch()
    side.clock.advance(120)
    error = signed_in.expect_error(LoginTokenError)
    assert error.reason == "login-token-expired"
    assert error.provider_name == USER_POOL
    assert signed_in.operations == [GET_ID, GET_CREDENTIALS]
    assert not subject.requests


def test_the_supplier_is_called_again_instead_of_sending_an_expired_token(side):
    first = jwt(USER_POOL, token_use="id", exp=side.clock.now() + 60)
    second = jwt(USER_POOL, token_use="id", exp=side.clock.now() + 6000)
    supplier = Supplier(first, first, second)
    subject = side.pool(
        [side.id_response(), side.credentials()], logins={USER_POOL: side.adapt(supplier)}
    )
    subject.fetch()
    side.clock.advance(120)
    subject.fetch()
    assert supplier.refresh_arguments == [False, False, True]
    assert tokens_sent(subject) == [{USER_POOL: first}] * 2 + [{USER_POOL: second}]


def test_a_supplier_is_called_at_most_twice_in_one_fetch(side):
    first = jwt(USER_POOL, token_use="id", exp=side.clock.now() + 60)
    second = jwt(USER_POOL, token_use="id", exp=side.clock.now() + 6000)
    supplier = Supplier(first, first, second)
    subject = side.pool(
        [side.id_response(), side.credentials(), error_response(*TOKEN_EXPIRED)],
        logins={USER_POOL: side.adapt(supplier)},
    )
    subject.fetch()
    side.clock.advance(120)
    subject.expect_error(LoginTokenExpired)
    assert supplier.refresh_arguments == [False, False, True]


def test_a_supplier_that_returns_the_same_expired_token_twice_is_an_error(side):
    expired = jwt(USER_POOL, token_use="id", exp=side.clock.now() + 60)
    supplier = Supplier(expired)
    subject = side.pool(
        [side.id_response(), side.credentials()], logins={USER_POOL: side.adapt(supplier)}
    )
    subject.fetch()
    side.clock.advance(120)
    error = subject.expect_error(LoginTokenError)
    assert error.reason == "login-token-expired"
    assert supplier.refresh_arguments == [False, False, True]


def test_a_token_that_expired_long_ago_is_not_sent(side):
    old = jwt(USER_POOL, token_use="id", exp=side.clock.now() - 40 * 86_400)
    supplier = Supplier(old)
    subject = side.pool([side.id_response()], logins={USER_POOL: side.adapt(supplier)})
    error = subject.expect_error(LoginTokenError)
    assert error.reason == "login-token-expired"
    assert (supplier.refresh_arguments, subject.requests) == ([False, True], [])


def test_a_token_that_recently_expired_by_the_local_clock_only_is_sent(side):
    expired_here = jwt(USER_POOL, token_use="id", exp=side.clock.now() - 86_400)
    side.skew = -2 * 86_400
    subject = side.pool([side.id_response(), side.credentials()], logins={USER_POOL: expired_here})
    subject.fetch()
    subject.fetch()
    assert subject.operations == [GET_ID, GET_CREDENTIALS, GET_CREDENTIALS]


def test_one_warning_is_logged_for_a_static_token_that_expires_before_the_first_refresh(side):
    token = jwt(exp=side.clock.now() + 600)
    subject = side.pool([side.id_response(), side.credentials()], logins={GOOGLE: token})
    subject.fetch()
    subject.fetch()
    warnings = [line for line in side.log if line.startswith("WARNING")]
    assert len(warnings) == 1
    assert GOOGLE in warnings[0]


@pytest.mark.parametrize("lifetime", [7200, 3590, None])
def test_no_warning_is_logged_for_a_static_token_that_outlasts_the_first_refresh(side, lifetime):
    claims = {} if lifetime is None else {"exp": side.clock.now() + lifetime}
    subject = side.pool([side.id_response(), side.credentials()], logins={GOOGLE: jwt(**claims)})
    subject.fetch()
    assert not [line for line in side.log if line.startswith("WARNING")]


def test_a_token_that_cannot_be_verified_is_retried_once(side):
    unverified = error_response("NotAuthorizedException", "Couldn't verify signed token.")
    subject = side.pool(
        [unverified, side.id_response(), side.credentials()], logins={GOOGLE: jwt()}
    )
    subject.fetch()
    assert subject.operations == [GET_ID, GET_ID, GET_CREDENTIALS]


def test_a_token_that_cannot_be_verified_is_not_sent_three_times(side):
    unverified = error_response("NotAuthorizedException", "Couldn't verify signed token.")
    subject = side.pool([unverified], logins={GOOGLE: jwt()})
    subject.expect_error(LoginTokenRejected)
    assert subject.operations == [GET_ID, GET_ID]


# --- never a guest by accident ------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "  ", b"bytes", 7, ValueError("no session")])
def test_a_supplier_without_a_token_does_not_make_the_user_a_guest(side, token):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins={GOOGLE: side.adapt(Supplier(token)), FACEBOOK: FACEBOOK_TOKEN},
    )
    error = subject.expect_error(LoginTokenError)
    assert error.provider_name == GOOGLE
    assert GOOGLE in str(error)
    assert not subject.requests
    if isinstance(token, Exception):
        assert error.__cause__ is token


def test_rejected_logins_do_not_make_the_user_a_guest(side):
    subject = side.pool(
        [error_response("NotAuthorizedException", "Invalid login token. Not a valid token")],
        logins={FACEBOOK: FACEBOOK_TOKEN},
    )
    subject.expect_error(LoginTokenRejected)
    assert all("Logins" in members for _, members in subject.calls)


def test_emptying_the_logins_later_does_not_make_the_user_a_guest(side):
    logins = {FACEBOOK: FACEBOOK_TOKEN}
    subject = side.pool([side.id_response(), side.credentials()], logins=logins)
    logins.clear()
    subject.fetch()
    assert tokens_sent(subject) == [{FACEBOOK: FACEBOOK_TOKEN}] * 2


def test_a_guest_of_a_pool_without_guest_access_gets_an_error_with_a_hint(side):
    subject = side.pool(
        [
            error_response(
                "NotAuthorizedException",
                "Unauthenticated access is not supported for this identity pool.",
            )
        ]
    )
    error = subject.expect_error(UnauthenticatedAccessDisabled)
    assert error.reason == "unauthenticated-access-disabled"
    assert error.hint


# --- login providers --------------------------------------------------------------------------


def test_login_from_id_token_derives_the_provider_name_from_the_issuer(side):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins=login_from_id_token(side.adapt(Supplier(jwt(USER_POOL, token_use="id")))),
    )
    subject.fetch()
    assert tokens_sent(subject) == [{USER_POOL: jwt(USER_POOL, token_use="id")}] * 2


def test_an_unknown_provider_name_is_sent(side):
    subject = side.pool(
        [side.id_response(), side.credentials()], logins={"login.example.com": OPAQUE_TOKEN}
    )
    subject.fetch()
    assert tokens_sent(subject) == [{"login.example.com": OPAQUE_TOKEN}] * 2


def test_an_access_token_is_not_sent(side):
    subject = side.pool(
        [side.id_response(), side.credentials()],
        logins={USER_POOL: jwt(USER_POOL, token_use="access", aud=None)},
    )
    error = subject.expect_error(LoginTokenError)
    assert error.reason == "access-token-given"
    assert not subject.requests


@pytest.mark.parametrize(
    "logins",
    [
        {"": OPAQUE_TOKEN},
        {1: OPAQUE_TOKEN},
        {GOOGLE: ""},
        {GOOGLE: 5},
        {"https://accounts.google.com": OPAQUE_TOKEN},
        OPAQUE_TOKEN,
        [OPAQUE_TOKEN],
    ],
)
def test_invalid_logins_are_rejected_by_the_constructor(side, logins):
    with pytest.raises(ConfigurationError) as raised:
        side.pool([], logins=logins)
    side.record(raised.value)
    assert "logins" in str(raised.value)


@pytest.mark.parametrize("is_shared", [False, True])
def test_after_invalidate_a_cache_returns_the_credentials_of_the_next_user(side, is_shared):
    """A cache belongs to one user, so a program that changes the user invalidates the cache."""
    identities = {jwt(sub="alice"): IDENTITY, jwt(sub="bob"): OTHER}
    user = ["alice"]

    def respond(request):
        (token,) = json.loads(request.body)["Logins"].values()
        kind = side.id_response if operation_of(request) == GET_ID else side.credentials
        return kind(identities[token])(request)

    subject = side.pool([respond], logins={GOOGLE: side.adapt(lambda: jwt(sub=user[0]))})
    if is_shared:
        subject.use_store(FakeStore(side.clock))
    assert subject.get().identity_id == IDENTITY
    user[0] = "bob"
    subject.cache.invalidate()
    assert subject.get().identity_id == OTHER
    user[0] = "alice"
    subject.cache.invalidate()
    assert subject.get().identity_id == IDENTITY
