from __future__ import annotations

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response

from cognito_credentials._sign_in.refresh import USER_POOL, refresh_session, revoke_session
from cognito_credentials._sign_in.user_pool import UserPoolApi


def create_session(issuer, *, method="oauth", refresh_token="r1"):
    token = issuer.id_token(**{"cognito:username": "ann"})
    tokens = {"id_token": token, "refresh_token": refresh_token}
    return issuer.client().create_session(tokens, method=method)


def test_an_oauth_session_is_refreshed_at_the_token_endpoint():
    issuer = FakeIssuer()
    session = create_session(issuer)
    issuer.responses["token"] = json_response(id_token=issuer.id_token(n=2), refresh_token="r2")
    refreshed = refresh_session(issuer.client(), session)
    assert (refreshed.refresh_token, refreshed.method, refreshed.subject) == (
        "r2",
        "oauth",
        "user-1",
    )
    assert issuer.forms("token")[0]["refresh_token"] == "r1"


def test_a_user_pool_session_is_refreshed_at_the_api_of_the_user_pool(never_printed):
    pool = FakeIssuer(USER_POOL_URL)
    session = create_session(pool, method=USER_POOL)
    pool.responses[""] = json_response(AuthenticationResult={"IdToken": pool.id_token(n=2)})
    client = pool.client(secret=never_printed("s3cr3t-of-the-client"))
    refreshed = refresh_session(client, session)
    assert (refreshed.refresh_token, refreshed.method) == ("r1", USER_POOL)
    # The secret hash is computed for the user name in the ID token.
    parameters = pool.operations()[0][1]["AuthParameters"]
    assert {"SECRET_HASH": parameters["SECRET_HASH"]} == UserPoolApi(client).secret_hash("ann")


@pytest.mark.parametrize("method", ["oauth", USER_POOL])
def test_a_session_without_a_refresh_token_is_not_revoked(method):
    issuer = FakeIssuer(USER_POOL_URL)
    session = create_session(issuer, method=method, refresh_token="")
    assert not revoke_session(issuer.client(), session)
    assert not issuer.forms("revoke")
    assert not issuer.operations()


def test_a_session_is_revoked_by_the_method_that_created_it():
    issuer = FakeIssuer(USER_POOL_URL)
    issuer.responses[""] = json_response()
    assert revoke_session(issuer.client(), create_session(issuer))
    assert revoke_session(issuer.client(), create_session(issuer, method=USER_POOL))
    assert len(issuer.forms("revoke")) == 1
    assert [name for name, _ in issuer.operations()] == ["RevokeToken"]
