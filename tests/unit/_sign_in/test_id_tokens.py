from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from fake_issuer import KEY, OTHER_KEY, FakeIssuer
from joserfc import jwt
from joserfc.jwk import OctKey

from cognito_credentials._sign_in.id_tokens import LEEWAY_SECONDS, verify_id_token
from cognito_credentials.errors import LoginTokenError

ISSUER = FakeIssuer()
NOW = ISSUER.clock.now()
KEYS = {"keys": [KEY.as_dict(private=False)]}


def verify(token, *, issuer=ISSUER.url, key_set=KEYS, nonce=None, now=NOW):
    return verify_id_token(token, key_set, issuer=issuer, client_id="app", now=now, nonce=nonce)


def test_the_claims_of_a_valid_token_are_returned():
    assert verify(ISSUER.id_token(nonce="n"), nonce="n")["sub"] == "user-1"
    assert verify(ISSUER.id_token(aud=["other", "app"], azp="app"))
    assert verify(ISSUER.id_token(exp=NOW - LEEWAY_SECONDS + 1))


@pytest.mark.parametrize("iss", ["accounts.google.com", "https://accounts.google.com"])
def test_google_may_omit_the_scheme_in_iss(iss):
    assert verify(ISSUER.id_token(iss=iss), issuer="https://accounts.google.com")


@pytest.mark.parametrize(
    ("claims", "claim"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": "login.example.com"}, "iss"),
        ({"iss": None}, "iss"),
        ({"iss": [ISSUER.url]}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": {"app": 1}}, "aud"),
        ({"azp": "another"}, "azp"),
        ({"azp": ["app"]}, "azp"),
        ({"exp": NOW - LEEWAY_SECONDS}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": float("nan")}, "exp"),
        ({"exp": float("inf")}, "exp"),
        ({"exp": 10**400}, "exp"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"nonce": "another"}, "nonce"),
        ({}, "nonce"),
    ],
)
def test_an_invalid_claim_is_rejected_by_name(claims, claim, never_printed):
    token = never_printed(ISSUER.id_token(**claims))
    with pytest.raises(LoginTokenError, match=rf"\({claim}\)") as caught:
        verify(token, nonce="n")
    assert caught.value.provider_name == "login.example.com"


def unsigned_token() -> str:
    claims = {"iss": ISSUER.url, "aud": "app", "sub": "user-1", "exp": NOW + 60}
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


def token_signed_with_the_public_key() -> str:
    # A verifier that accepts HS256 would use the public key as a shared secret.
    claims = {"iss": ISSUER.url, "aud": "app", "sub": "user-1", "exp": NOW + 60}
    secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)).encode())
    return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, secret)


@pytest.mark.parametrize(
    "token",
    [
        ISSUER.id_token(OTHER_KEY),
        ISSUER.id_token()[:-6] + "AAAAAA",
        unsigned_token(),
        token_signed_with_the_public_key(),
        "not a token",
        "",
        "a.b.c",
        "a.b.c.d.e",
    ],
)
def test_a_token_that_no_key_of_the_issuer_has_signed_is_rejected(token):
    with pytest.raises(LoginTokenError) as caught:
        verify(token)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("key_set", [{}, {"keys": []}, {"keys": "none"}, {"keys": [{"kty": "?"}]}])
def test_a_key_set_without_signing_keys_verifies_no_token(key_set):
    with pytest.raises(LoginTokenError):
        verify(ISSUER.id_token(), key_set=key_set)


def test_keys_of_other_types_and_for_encryption_are_ignored():
    other_keys = [{"kty": "new"}, {**OTHER_KEY.as_dict(private=False), "use": "enc"}]
    assert verify(ISSUER.id_token(), key_set={"keys": [*other_keys, *KEYS["keys"]]})
