"""Messages of the public modules: logins, refresh policy, credentials and integrations."""

from __future__ import annotations

import base64
import json
from datetime import datetime

import pytest
from golden import assert_golden, error_texts

from cognito_credentials import Credentials, RefreshPolicy, logins
from cognito_credentials._core.login_resolution import normalize_logins, resolve_logins
from cognito_credentials._sync.driver import Driver
from cognito_credentials.policy import check_policy
from cognito_credentials.testing import FakeClock

IDENTITY_ID = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


def jwt(**claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


def resolve(source):
    flow = resolve_logins(normalize_logins(source))
    return Driver(transport=None, clock=FakeClock(), max_flight_seconds=1.0).run(flow)


def developer_identity(returned):
    return lambda: resolve(logins.DeveloperIdentity(lambda: returned))


def test_errors_of_logins():
    cases = {
        "user_pool: a name": lambda: logins.user_pool("Example"),
        "user_pool: an identity pool ID": lambda: logins.user_pool(IDENTITY_ID),
        "user_pool: another type": lambda: logins.user_pool(None),
        "user_pool: an invalid region": lambda: logins.user_pool("evil.example.com/_x"),
        "oidc: empty": lambda: logins.oidc(""),
        "oidc: a query": lambda: logins.oidc("https://login.example.com?tenant=1"),
        "oidc: another scheme": lambda: logins.oidc("ftp://login.example.com"),
        "oidc: another type": lambda: logins.oidc(None),
        "token_subject: no subject": lambda: logins.token_subject({"iss": "https://a"}),
        "login_from_id_token: empty": lambda: logins.login_from_id_token(""),
        "login_from_id_token: None": lambda: logins.login_from_id_token(None),
        "login_from_id_token: not a JWT": lambda: logins.login_from_id_token("opaque"),
        "login_from_id_token: no issuer": lambda: logins.login_from_id_token(jwt(sub="x")),
        "login_from_id_token: of an identity pool": lambda: logins.login_from_id_token(
            jwt(iss="https://cognito-identity.amazonaws.com", sub=IDENTITY_ID)
        ),
        "login_from_id_token: a supplier returns None": lambda: resolve(
            logins.login_from_id_token(lambda: None)
        ),
        "login_from_id_token: a supplier returns an opaque token": lambda: resolve(
            logins.login_from_id_token(lambda: "opaque")
        ),
        "DeveloperIdentity: a pair": lambda: logins.DeveloperIdentity((IDENTITY_ID, "token")),
        "DeveloperIdentity: None is returned": developer_identity(None),
        "DeveloperIdentity: a string is returned": developer_identity("id"),
        "DeveloperIdentity: no token is returned": developer_identity({"IdentityId": IDENTITY_ID}),
        "DeveloperIdentity: wrong order": developer_identity(("token", IDENTITY_ID)),
        "DeveloperIdentity: an empty token": developer_identity((IDENTITY_ID, "")),
    }
    assert_golden("logins", error_texts(cases))


def test_errors_of_refresh_policies():
    cases = {
        "a negative window": lambda: RefreshPolicy(advisory_refresh_window=-1),
        "an infinite window": lambda: RefreshPolicy(mandatory_refresh_window=float("inf")),
        "jitter: None": lambda: RefreshPolicy(jitter=None),
        "a mandatory window longer than the advisory one": lambda: RefreshPolicy(
            advisory_refresh_window=60, mandatory_refresh_window=61
        ),
        "another type": lambda: check_policy({"jitter": 0}, 3600),
        "a window longer than the lifetime": lambda: check_policy(
            RefreshPolicy(advisory_refresh_window=3601), 3600
        ),
    }
    assert_golden("refresh_policy", error_texts(cases))


def test_errors_of_credentials():
    arguments = {"access_key_id": "A", "secret_access_key": "S", "session_token": "T"}
    with pytest.raises(ValueError) as naive:
        Credentials(**arguments, expiration=datetime(2027, 1, 1), identity_id="i")  # noqa: DTZ001
    credentials = Credentials(
        **arguments, expiration=datetime.fromisoformat("2027-01-01T00:00:00Z"), identity_id="i"
    )
    with pytest.raises(AttributeError) as immutable:
        credentials.session_token = "U"
    assert_golden("credentials", f"{naive.value}\n{immutable.value}\n")
