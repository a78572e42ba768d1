from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from fake_issuer import KEY, OTHER_KEY, FakeIssuer
from joserfc import jwt
from joserfc.jwk import OctKey

from cognito_credentials._sign_in.id_tokens import LEEWAY, verified
from cognito_credentials.errors import LoginTokenError

ISSUER = FakeIssuer()
NOW = ISSUER.clock.now()
KEYS = {"keys": [KEY.as_dict(private=False)]}


def check(token, *, issuer=ISSUER.url, key_set=KEYS, nonce=None, now=NOW):
    return verified(token, key_set, issuer=issuer, client_id="app", now=now, nonce=nonce)


def test_a_good_token():
    assert check(ISSUER.id_token(nonce="n"), nonce="n")["sub"] == "user-1"
    assert check(ISSUER.id_token(aud=["other", "app"], azp="app"))
    assert check(ISSUER.id_token(exp=NOW - LEEWAY + 1))


@pytest.mark.parametrize("iss", ["accounts.google.com", "https://accounts.google.com"])
def test_googles_two_spellings(iss):
    assert check(ISSUER.id_token(iss=iss), issuer="https://accounts.google.com")


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"iss": "https://evil.example"}, r"\(iss\)"),
        ({"iss": "login.example.com"}, r"\(iss\)"),
        ({"iss": None}, r"\(iss\)"),
        ({"aud": "another"}, r"\(aud\)"),
        ({"aud": None}, r"\(aud\)"),
        ({"aud": {"app": 1}}, r"\(aud\)"),
        ({"azp": "another"}, r"\(azp\)"),
        ({"exp": NOW - LEEWAY}, r"\(exp\)"),
        ({"exp": None}, r"\(exp\)"),
        ({"exp": "soon"}, r"\(exp\)"),
        ({"exp": True}, r"\(exp\)"),
        ({"exp": float("nan")}, r"\(exp\)"),
        ({"exp": float("inf")}, r"\(exp\)"),
        ({"exp": 10**400}, r"\(exp\)"),
        ({"sub": ""}, r"\(sub\)"),
        ({"sub": 7}, r"\(sub\)"),
        ({"nonce": "another"}, r"\(nonce\)"),
        ({}, r"\(nonce\)"),
    ],
)
def test_claims_that_are_refused(claims, problem, never_printed):
    token = never_printed(ISSUER.id_token(**claims))
    with pytest.raises(LoginTokenError, match=problem):
        check(token, nonce="n")


def unsigned() -> str:
    claims = {"iss": ISSUER.url, "aud": "app", "sub": "user-1", "exp": NOW + 60}
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


def signed_with_the_public_key() -> str:
    # Who takes HS256 would take the key that everybody knows for a shared secret.
    claims = {"iss": ISSUER.url, "aud": "app", "sub": "user-1", "exp": NOW + 60}
    secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)).encode())
    return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, secret)


@pytest.mark.parametrize(
    "token",
    [
        ISSUER.id_token(OTHER_KEY),
        ISSUER.id_token()[:-6] + "AAAAAA",
        unsigned(),
        signed_with_the_public_key(),
        "no token",
        "",
        "a.b.c",
        "a.b.c.d.e",
    ],
)
def test_signatures_that_are_refused(token):
    with pytest.raises(LoginTokenError, match="is not signed with one of the issuer's keys"):
        check(token)


@pytest.mark.parametrize("key_set", [{}, {"keys": []}, {"keys": "none"}, {"keys": [{"kty": "?"}]}])
def test_key_sets_that_prove_nothing(key_set):
    with pytest.raises(LoginTokenError, match="is not signed"):
        check(ISSUER.id_token(), key_set=key_set)


def test_keys_of_other_kinds_are_left_out():
    others = [{"kty": "new"}, {**OTHER_KEY.as_dict(private=False), "use": "enc"}]
    assert check(ISSUER.id_token(), key_set={"keys": [*others, *KEYS["keys"]]})
