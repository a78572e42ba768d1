from __future__ import annotations

import base64
import contextlib
import hmac
import json
from typing import Any

import pytest
from emulator_fakes import NOW, id_token, issuer_key
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, RSAKey

from cognito_credentials.emulator.identity import signed_tokens
from cognito_credentials.emulator.identity.errors import ServiceFault

NOT_A_TOKEN = "Invalid login token. Not a valid OpenId Connect identity token."
NOT_VERIFIED = "Invalid login token. Couldn't verify signed token."


def encoded(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


NOT_UTF8 = encoded(b"\xff")


def of(**claims: Any) -> signed_tokens.SignedToken:
    return signed_tokens.read(f"{encoded({'alg': 'RS256'})}.{encoded(claims)}.c2ln")


def public(*keys: RSAKey) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


@pytest.mark.parametrize(
    "text",
    [
        "EAACEdEose0cBA",
        "a.b",
        "a.b.c",
        "..",
        f"{encoded({})}.{encoded([])}.c2ln",
        f"{encoded({})}.{encoded({})}.",
        f"{encoded({})}.{encoded({})}.c2ln.c2ln",
        f"{encoded({})}.{NOT_UTF8}.c2ln",
        f"{encoded({})}.{encoded(b'[' * 20_000)}.c2ln",
        f"{encoded({})}.{encoded({})}.c2ln\n",
        " ",
    ],
)
def test_what_is_not_three_json_parts_is_not_a_token(text: str) -> None:
    with pytest.raises(ServiceFault) as caught:
        signed_tokens.read(text)
    assert caught.value.message == NOT_A_TOKEN


@given(st.text())
def test_reading_never_fails_otherwise(text: str) -> None:
    with contextlib.suppress(ServiceFault):
        signed_tokens.read(text)


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512"])
def test_every_rsa_signature_verifies(alg: str) -> None:
    key = issuer_key("another")
    token = signed_tokens.read(
        id_token(alg=alg, key=key, header={"x-own": "1", "x5c": ["c" * 900]})
    )
    signed_tokens.verify_signature(token, public(issuer_key("other"), key))


def test_a_large_token_verifies() -> None:
    token = signed_tokens.read(id_token(groups=["x" * 100] * 300))
    signed_tokens.verify_signature(token, public(issuer_key()))


@pytest.mark.parametrize(
    "key_set",
    [
        None,
        {},
        {"keys": []},
        {"keys": [{"kid": "provider"}]},
        {"keys": [{"kid": "provider", "kty": "RSA", "n": "!", "e": "?"}]},
        {"keys": [{"kid": "provider", "kty": "EC", "crv": "P-256"}]},
        {"keys": [OctKey.generate_key(256, {"kid": "provider"}).as_dict()]},
        {"keys": [ECKey.generate_key("P-256", {"kid": "provider"}).as_dict(private=False)]},
    ],
    ids=["unreachable", "empty", "none", "no-key", "bad-key", "half-key", "symmetric", "elliptic"],
)
def test_without_a_fit_key_nothing_verifies(key_set: dict[str, Any] | None) -> None:
    with pytest.raises(ServiceFault) as caught:
        signed_tokens.verify_signature(signed_tokens.read(id_token()), key_set)
    assert caught.value.message == NOT_VERIFIED


def test_an_unknown_key_id_or_another_key_of_that_id_does_not_verify() -> None:
    token = signed_tokens.read(id_token())
    other = RSAKey.import_key({**issuer_key("other").as_dict(private=False), "kid": "provider"})
    renamed = {**issuer_key().as_dict(private=False), "kid": "renamed"}
    for keys in (public(issuer_key("other")), public(other), {"keys": [renamed]}):
        with pytest.raises(ServiceFault, match="Couldn't verify"):
            signed_tokens.verify_signature(token, keys)


def test_a_token_cannot_choose_its_own_verification() -> None:
    claims = encoded({"sub": "mallory"})
    none = f"{encoded({'alg': 'none', 'kid': 'provider'})}.{claims}.c2ln"
    signed = f"{encoded({'alg': 'HS256', 'kid': 'provider'})}.{claims}"
    public_key = issuer_key().as_pem(private=False)
    mac = hmac.digest(public_key, signed.encode(), "sha256")
    for text in (none, f"{signed}.{encoded(mac)}"):
        with pytest.raises(ServiceFault, match="Couldn't verify"):
            signed_tokens.verify_signature(signed_tokens.read(text), public(issuer_key()))


def test_expiry_is_refused_with_both_times_and_no_grace() -> None:
    token = of(exp=1754027905)
    signed_tokens.check_expiry(token, 1754027904.9)
    with pytest.raises(ServiceFault) as caught:
        signed_tokens.check_expiry(token, 1754028051.7)
    assert caught.value.message == ("Invalid login token. Token expired: 1754028051 >= 1754027905")
    with pytest.raises(ServiceFault):
        signed_tokens.check_expiry(token, 1754027905)


@pytest.mark.parametrize("exp", ["soon", True, [], {}, 1e400, -1e400, 10**400, float("nan")])
def test_a_time_that_is_none_is_not_a_token(exp: Any) -> None:
    with pytest.raises(ServiceFault) as caught:
        signed_tokens.check_expiry(of(exp=exp), NOW)
    assert caught.value.message == NOT_A_TOKEN


@pytest.mark.parametrize("aud", [[], ["a", 1], ["a", ""], "", 5, {"a": 1}])
def test_an_audience_is_a_string_or_strings(aud: Any) -> None:
    with pytest.raises(ServiceFault) as caught:
        signed_tokens.audiences(of(aud=aud))
    assert caught.value.message == NOT_A_TOKEN
    assert signed_tokens.audiences(of(aud="a")) == ("a",)
    assert signed_tokens.audiences(of(aud=["a", "b"])) == ("a", "b")


@pytest.mark.parametrize("claims", [{}, {"aud": None}])
def test_a_missing_claim_is_named(claims: dict[str, Any]) -> None:
    with pytest.raises(ServiceFault) as caught:
        signed_tokens.audiences(of(**claims))
    assert caught.value.message == "Invalid login token. Missing a required claim: aud"


def test_a_token_does_not_print() -> None:
    token = signed_tokens.read(id_token(email="alice@example.com"))
    assert token.text not in repr(token)
    assert "alice" not in repr(token)
