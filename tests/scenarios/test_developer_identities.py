from __future__ import annotations

import pytest
from harness import (
    DEVELOPER_TOKEN,
    FORBIDDEN,
    GET_CREDENTIALS,
    IDENTITY,
    IDENTITY_NOT_FOUND,
    OTHER,
    TOKEN_EXPIRED,
    Supplier,
)

from cognito_credentials import DeveloperIdentity
from cognito_credentials.errors import (
    ConfigurationError,
    IdentityForbidden,
    IdentityNotFound,
    LoginTokenError,
)
from cognito_credentials.testing import error_response

PAIR = (IDENTITY, DEVELOPER_TOKEN)
PROVIDER_NAME = "cognito-identity.amazonaws.com"


@pytest.mark.parametrize("result", [PAIR, {"IdentityId": IDENTITY, "Token": DEVELOPER_TOKEN}])
def test_get_id_is_not_called(side, result):
    supplier = Supplier(result)
    subject = side.pool([side.credentials()], logins=DeveloperIdentity(side.adapt(supplier)))
    assert subject.fetch().identity_id == IDENTITY
    assert subject.calls == [
        (GET_CREDENTIALS, {"IdentityId": IDENTITY, "Logins": {PROVIDER_NAME: DEVELOPER_TOKEN}})
    ]
    assert supplier.refresh_arguments == [False]


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("eu-central-1", "cognito-identity.amazonaws.com"),
        ("cn-north-1", "cognito-identity.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "cognito-identity.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_login_provider_name_depends_on_the_partition(side, region, name):
    identity_id = IDENTITY.replace("us-east-1", region)
    subject = side.pool(
        [side.credentials(identity_id)],
        identity_id.replace("128d0a74", "1699ebc0"),
        logins=DeveloperIdentity(side.adapt(Supplier((identity_id, DEVELOPER_TOKEN)))),
    )
    subject.fetch()
    assert list(subject.calls[0][1]["Logins"]) == [name]


def test_each_fetch_uses_the_identity_that_the_supplier_returns(side):
    subject = side.pool(
        [side.credentials(IDENTITY), side.credentials(OTHER)],
        logins=DeveloperIdentity(side.adapt(Supplier(PAIR, (OTHER, DEVELOPER_TOKEN)))),
    )
    assert [subject.fetch().identity_id, subject.fetch().identity_id] == [IDENTITY, OTHER]
    assert [members["IdentityId"] for _, members in subject.calls] == [IDENTITY, OTHER]


def test_the_supplier_is_called_again_for_an_expired_token(side):
    supplier = Supplier(PAIR)
    subject = side.pool(
        [error_response(*TOKEN_EXPIRED), side.credentials()],
        logins=DeveloperIdentity(side.adapt(supplier)),
    )
    subject.fetch()
    assert supplier.refresh_arguments == [False, True]


@pytest.mark.parametrize(
    ("service_error", "kind"),
    [
        (IDENTITY_NOT_FOUND, IdentityNotFound),
        (FORBIDDEN, IdentityForbidden),
    ],
)
def test_an_identity_of_the_supplier_is_never_replaced(side, service_error, kind):
    subject = side.pool(
        [error_response(*service_error)], logins=DeveloperIdentity(side.adapt(Supplier(PAIR)))
    )
    subject.expect_error(kind)
    assert subject.operations == [GET_CREDENTIALS]


def test_the_cache_is_not_used(side):
    cache = side.cache()
    side.pool(
        [side.credentials()], cache=cache, logins=DeveloperIdentity(side.adapt(Supplier(PAIR)))
    ).fetch()
    assert cache.used == []


@pytest.mark.parametrize(
    "result",
    [
        None,
        "",
        DEVELOPER_TOKEN,
        (DEVELOPER_TOKEN,),
        (IDENTITY, ""),
        (IDENTITY, None),
        (None, DEVELOPER_TOKEN),
        ("not-an-id", DEVELOPER_TOKEN),
        {"Token": DEVELOPER_TOKEN},
        ValueError("the back end is unavailable"),
    ],
)
def test_a_result_without_an_identity_id_and_a_token_is_rejected(side, result):
    subject = side.pool(
        [side.credentials()], logins=DeveloperIdentity(side.adapt(Supplier(result)))
    )
    error = subject.expect_error(LoginTokenError)
    assert not subject.requests
    if isinstance(result, Exception):
        assert error.__cause__ is result


def test_a_developer_identity_must_be_the_whole_of_logins(side):
    with pytest.raises(ConfigurationError):
        side.pool([], logins={PROVIDER_NAME: DeveloperIdentity(Supplier(PAIR))})
    with pytest.raises(ConfigurationError, match="identity_id and a DeveloperIdentity"):
        side.identity([], logins=DeveloperIdentity(Supplier(PAIR)))


def test_a_token_in_place_of_the_identity_id_is_not_repeated(side):
    supplier = side.adapt(lambda: (DEVELOPER_TOKEN, IDENTITY))
    subject = side.pool([side.credentials()], logins=DeveloperIdentity(supplier))
    error = subject.expect_error(LoginTokenError)
    assert "in this order" in error.hint
    assert subject.requests == []
