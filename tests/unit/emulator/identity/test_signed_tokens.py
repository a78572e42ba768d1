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

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity import signed_tokens

NOT_A_TOKEN = "Invalid login token. Not a valid OpenId Connect identity token."
NOT_VERIFIED = "Invalid login token. Couldn't verify signed token."


def encode(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


NOT_UTF8 = encode(b"\xff")


def make_token(**claims: Any) -> signed_tokens.SignedToken:
    return signed_tokens.parse_token(f"{encode({'alg': 'RS256'})}.{encode(claims)}.c2ln")


def make_key_set(*keys: RSAKey) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


@pytest.mark.parametrize(
    "text",
    [
        "EAACEdEose0cBA",
        "a.b",
        "a.b.c",
        "..",
        f"{encode({})}.{encode([])}.c2ln",
        f"{encode({})}.{encode({})}.",
        f"{encode({})}.{encode({})}.c2ln.c2ln",
        f"{encode({})}.{NOT_UTF8}.c2ln",
        f"{encode({})}.{encode(b'[' * 20_000)}.c2ln",
        f"{encode({})}.{encode({})}.c2ln\n",
        " ",
    ],
)
def test_text_without_three_json_parts_is_not_a_token(text: str) -> None:
    with pytest.raises(AwsError) as caught:
        signed_tokens.parse_token(text)
    assert caught.value.message == NOT_A_TOKEN


@given(st.text())
def test_parsing_raises_no_other_error(text: str) -> None:
    with contextlib.suppress(AwsError):
        signed_tokens.parse_token(text)


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512"])
def test_every_rsa_algorithm_verifies(alg: str) -> None:
    key = issuer_key("another")
    token = signed_tokens.parse_token(
        id_token(alg=alg, key=key, header={"x-own": "1", "x5c": ["c" * 900]})
    )
    signed_tokens.verify_signature(token, make_key_set(issuer_key("other"), key))


def test_a_large_token_verifies() -> None:
    token = signed_tokens.parse_token(id_token(groups=["x" * 100] * 300))
    signed_tokens.verify_signature(token, make_key_set(issuer_key()))


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
def test_a_token_does_not_verify_without_a_suitable_key(key_set: dict[str, Any] | None) -> None:
    with pytest.raises(AwsError) as caught:
        signed_tokens.verify_signature(signed_tokens.parse_token(id_token()), key_set)
    assert caught.value.message == NOT_VERIFIED


@pytest.mark.parametrize("changes", [{"use": "enc"}, {"n": "A" * 2000}, {"n": 5}, {"e": []}])
def test_an_unsuitable_key_does_not_verify(changes: dict[str, Any]) -> None:
    token = signed_tokens.parse_token(id_token())
    key = {**issuer_key().as_dict(private=False), **changes}
    with pytest.raises(AwsError) as caught:
        signed_tokens.verify_signature(token, {"keys": [key]})
    assert caught.value.message == NOT_VERIFIED
    signed_tokens.verify_signature(
        token, {"keys": [key, {**make_key_set(issuer_key())["keys"][0], "use": "sig"}]}
    )


def test_a_token_does_not_verify_with_another_key_or_key_id() -> None:
    token = signed_tokens.parse_token(id_token())
    other = RSAKey.import_key({**issuer_key("other").as_dict(private=False), "kid": "provider"})
    renamed = {**issuer_key().as_dict(private=False), "kid": "renamed"}
    for keys in (make_key_set(issuer_key("other")), make_key_set(other), {"keys": [renamed]}):
        with pytest.raises(AwsError, match="Couldn't verify"):
            signed_tokens.verify_signature(token, keys)


def test_a_token_cannot_choose_its_own_verification() -> None:
    claims = encode({"sub": "mallory"})
    none = f"{encode({'alg': 'none', 'kid': 'provider'})}.{claims}.c2ln"
    signed = f"{encode({'alg': 'HS256', 'kid': 'provider'})}.{claims}"
    public_key = issuer_key().as_pem(private=False)
    mac = hmac.digest(public_key, signed.encode(), "sha256")
    for text in (none, f"{signed}.{encode(mac)}"):
        with pytest.raises(AwsError, match="Couldn't verify"):
            signed_tokens.verify_signature(
                signed_tokens.parse_token(text), make_key_set(issuer_key())
            )


def test_the_error_for_an_expired_token_has_both_times() -> None:
    token = make_token(exp=1754027905)
    signed_tokens.check_expiry(token, 1754027904.9)
    with pytest.raises(AwsError) as caught:
        signed_tokens.check_expiry(token, 1754028051.7)
    assert caught.value.message == ("Invalid login token. Token expired: 1754028051 >= 1754027905")
    with pytest.raises(AwsError):
        signed_tokens.check_expiry(token, 1754027905)


@pytest.mark.parametrize("exp", ["soon", True, [], {}, 1e400, -1e400, 10**400, float("nan")])
def test_a_token_with_an_invalid_time_is_not_a_token(exp: Any) -> None:
    with pytest.raises(AwsError) as caught:
        signed_tokens.check_expiry(make_token(exp=exp), NOW)
    assert caught.value.message == NOT_A_TOKEN


@pytest.mark.parametrize("aud", [[], ["a", 1], ["a", ""], "", 5, {"a": 1}])
def test_an_audience_is_a_string_or_an_array_of_strings(aud: Any) -> None:
    with pytest.raises(AwsError) as caught:
        signed_tokens.require_audiences(make_token(aud=aud))
    assert caught.value.message == NOT_A_TOKEN
    assert signed_tokens.require_audiences(make_token(aud="a")) == ("a",)
    assert signed_tokens.require_audiences(make_token(aud=["a", "b"])) == ("a", "b")


@pytest.mark.parametrize("claims", [{}, {"aud": None}])
def test_the_error_names_a_missing_claim(claims: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as caught:
        signed_tokens.require_audiences(make_token(**claims))
    assert caught.value.message == "Invalid login token. Missing a required claim: aud"


def test_the_repr_of_a_token_has_no_secrets() -> None:
    token = signed_tokens.parse_token(id_token(email="alice@example.com"))
    assert token.text not in repr(token)
    assert "alice" not in repr(token)
