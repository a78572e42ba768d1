from __future__ import annotations

import base64
import json

import pytest

from cognito_credentials._core.jwt_claims import (
    MAX_TIME_SECONDS,
    decode_claims,
    get_expiry,
    is_expired,
)


def part(value):
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def jwt(payload):
    return f"{part({'alg': 'RS256'})}.{part(payload)}.c2lnbmF0dXJl"


@pytest.mark.parametrize("length", range(1, 9))
def test_claims_of_any_length_are_decoded(length):
    assert decode_claims(jwt({"sub": "x" * length})) == {"sub": "x" * length}


def test_superfluous_padding_is_accepted():
    assert decode_claims(f"h.{part({'sub': 'x'})}==.s") == {"sub": "x"}
    assert decode_claims(f"h.{part({'sub': 'xyz'})}==.s") == {"sub": "xyz"}


def test_the_url_safe_alphabet_is_decoded():
    claims = {"sub": "???>>>~~~ÿÿÿ"}
    token = f"h.{part(json.dumps(claims, ensure_ascii=False).encode())}.s"
    assert "-" in token or "_" in token
    assert decode_claims(token) == claims


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "..",
        jwt([1, 2]),
        jwt("text"),
        jwt(b"\xff\xfe"),
        jwt(b"{"),
        jwt(b"[" * 100_000),
        jwt(b'{"exp": ' + b"9" * 5000 + b"}"),
        "é.é.é",
        f"a.{part({'sub': 'x'})}A.c",
    ],
)
def test_any_other_text_has_no_claims_and_raises_nothing(token):
    assert decode_claims(token) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_700_000_000, 1_700_000_000.0),
        (1_700_000_000.5, 1_700_000_000.5),
        ("1700000000", None),
        (True, None),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        (MAX_TIME_SECONDS - 1, MAX_TIME_SECONDS - 1),
        (1e15, None),
        (-1e15, None),
        ([1], None),
    ],
)
def test_the_expiry_is_none_unless_the_claim_is_a_finite_number(value, expected):
    assert get_expiry({"exp": value}) == expected


def test_a_token_is_expired_from_the_second_of_its_expiry():
    token = jwt({"exp": 1000})
    assert not is_expired(token, 999.9)
    assert is_expired(token, 1000)


@pytest.mark.parametrize("token", ["opaque", jwt({}), jwt({"exp": "1"})])
def test_a_token_without_an_expiry_is_not_expired(token):
    assert not is_expired(token, 1e12)
