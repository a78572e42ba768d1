from __future__ import annotations

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response

from cognito_credentials._sign_in.renewal import USER_POOL, renewed, revoked
from cognito_credentials._sign_in.user_pool import Api


def session_of(issuer, *, method="oauth", refresh_token="r1"):
    token = issuer.id_token(**{"cognito:username": "ann"})
    tokens = {"id_token": token, "refresh_token": refresh_token}
    return issuer.client().session(tokens, method=method)


def test_an_oauth_session_is_renewed_at_the_token_endpoint():
    issuer = FakeIssuer()
    before = session_of(issuer)
    issuer.responses["token"] = json_response(id_token=issuer.id_token(n=2), refresh_token="r2")
    after = renewed(issuer.client(), before)
    assert (after.refresh_token, after.method, after.subject) == ("r2", "oauth", "user-1")
    assert issuer.forms("token")[0]["refresh_token"] == "r1"


def test_a_user_pools_session_is_renewed_at_its_api(never_printed):
    pool = FakeIssuer(USER_POOL_URL)
    before = session_of(pool, method=USER_POOL)
    pool.responses[""] = json_response(AuthenticationResult={"IdToken": pool.id_token(n=2)})
    secret = never_printed("s3cr3t-of-the-client")
    client = pool.client(secret=secret)
    after = renewed(client, before)
    assert (after.refresh_token, after.method) == ("r1", USER_POOL)
    # Proven for the name that the pool has.
    sent = pool.operations()[0][1]["AuthParameters"]
    assert {"SECRET_HASH": sent["SECRET_HASH"]} == Api(client).secret_hash("ann")


@pytest.mark.parametrize("method", ["oauth", USER_POOL])
def test_what_renews_nothing_is_not_revoked(method):
    issuer = FakeIssuer(USER_POOL_URL)
    assert not revoked(issuer.client(), session_of(issuer, method=method, refresh_token=""))


def test_each_session_is_revoked_where_it_came_from():
    issuer = FakeIssuer(USER_POOL_URL)
    issuer.responses[""] = json_response()
    assert revoked(issuer.client(), session_of(issuer))
    assert revoked(issuer.client(), session_of(issuer, method=USER_POOL))
    assert len(issuer.forms("revoke")) == 1
    assert [name for name, _ in issuer.operations()] == ["RevokeToken"]
