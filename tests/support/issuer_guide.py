"""Checks of docs/issuers.md: the trust settings of each issuer, and the example of a web server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode, urljoin

import httpx
import pytest
from emulated_account import Account, allow

from cognito_credentials import from_cognito_identity_pool, login_from_id_token

CLIENT_SECRET = "secret-of-the-web-app"
APP_URL = "https://app.example.com"
TENANT = "11111111-2222-3333-4444-555555555555"
# The claims in the page's tables, by login provider name.
CLAIMS: dict[str, dict[str, Any]] = {
    "accounts.google.com": {"iss": "https://accounts.google.com", "hd": "example.com"},
    "example.eu.auth0.com": {"iss": "https://example.eu.auth0.com/"},
    "example.okta.com/oauth2/default": {"ver": 1, "amr": ["pwd"]},
    f"login.microsoftonline.com/{TENANT}/v2.0": {"ver": "2.0", "tid": TENANT},
    "sso.example.com/realms/staff": {
        "aud": ["keycloak-client-id", "account"],
        "azp": "keycloak-client-id",
    },
}


def run_issuer_guide(account: Account) -> Iterator[dict[str, Any]]:
    """Yield the variables of the page, and check what its blocks did."""
    pytest.importorskip("authlib.integrations.starlette_client")
    emulator = account.emulator
    users = account.user_pool()
    users.sign_up("ann")
    pool_id = account.pool(AllowUnauthenticatedIdentities=False)
    listing = allow("s3:ListAllMyBuckets", "*")
    # The page uses the same variable for the client IDs of all issuers.
    emulator.issuer.add_client(
        users.client_id, secret=CLIENT_SECRET, redirect_uris=[f"{APP_URL}/callback"]
    )
    names: dict[str, Any] = {
        "pool_id": pool_id,
        "get_id_token": lambda: users.sign_in("ann")["IdToken"],
        "user_pool_id": users.id,
        "client_id": users.client_id,
        "issuer_url": emulator.issuer.url,
        "client_secret": CLIENT_SECRET,
        "session_key": "key-of-the-session-cookies",
        "user_role": account.role(pool_id, listing),
        "admin_role": account.role(pool_id, listing),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.environment(administrator=True).items():
            patch.setenv(name, value)
        yield names
        with names["provider"] as provider:
            assert provider().identity_id
        for login_provider, claims in CLAIMS.items():
            token = emulator.mint_token(login_provider, "ann", claims=claims)
            login = login_from_id_token(lambda token=token: token)
            with from_cognito_identity_pool(pool_id, logins=login) as provider:
                assert provider().identity_id, login_provider
        for groups, role in ((["admins"], "admin_role"), (["players"], "user_role")):
            realm = "sso.example.com/realms/staff"
            login = {realm: emulator.mint_token(realm, groups[0], claims={"groups": groups})}
            credentials = account.credentials(account.identity(pool_id, login), login)
            arn = emulator.client("sts", **credentials).get_caller_identity()["Arn"]
            assert arn.split("/")[1] == names[role].rpartition("/")[2]
        names["trust_oidc_issuer"](emulator.issuer.url, users.client_id)
        check_web_server(names)


def check_web_server(names: dict[str, Any]) -> None:
    """Sign in to the example, use it, and use it again after the ID token has expired."""
    from fastapi.testclient import TestClient

    with TestClient(names["app"], base_url=APP_URL, follow_redirects=False) as browser:
        assert browser.get("/buckets").headers["Location"] == "/login"
        sign_in_page = browser.get("/login").headers["Location"]
        callback = submit_user_name(sign_in_page, "ann")
        assert browser.get(callback).headers["Location"] == "/buckets"
        assert browser.get("/buckets").status_code == 200
        tokens = names["tokens"]["ann"]
        first = dict(tokens)
        tokens["userinfo"]["exp"] = 0
        assert browser.get("/buckets").status_code == 200
        assert tokens["id_token"] != first["id_token"]
        assert tokens["refresh_token"] != first["refresh_token"]
        browser.portal.call(names["broker"].aclose)  # type: ignore[union-attr]


def submit_user_name(url: str, user: str) -> str:
    """Sign in at the emulator's issuer, and return the URL to which it redirects."""
    page = httpx.get(url).text
    form = re.search('<form method="post" action="([^"]*)">(.*?)</form>', page, re.DOTALL)
    assert form, page
    fields = dict(re.findall('type="hidden" name="([^"]*)" value="([^"]*)"', form[2]))
    values = {name: unescape(value) for name, value in fields.items()} | {"user": user}
    response = httpx.post(
        urljoin(url, unescape(form[1])),
        content=urlencode(values),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    return response.headers["Location"]
