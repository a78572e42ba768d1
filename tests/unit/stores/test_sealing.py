from __future__ import annotations

import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores._sealing import Seal, UnsealableError

KEY = bytes(range(32))


@given(st.text(), st.binary(max_size=3000))
def test_a_sealed_value_can_be_opened_under_its_name_only(name, value):
    seal = Seal(KEY)
    sealed = seal.seal(name, value)
    assert seal.open(name, sealed) == value
    assert sealed != seal.seal(name, value)
    with pytest.raises(UnsealableError):
        seal.open(name + "x", sealed)


@given(st.binary(max_size=200), st.data())
def test_a_changed_value_cannot_be_opened(value, data):
    seal = Seal(KEY)
    sealed = bytearray(seal.seal("name", value))
    index = data.draw(st.integers(0, len(sealed) - 1))
    sealed[index] ^= data.draw(st.integers(1, 255))
    with pytest.raises(UnsealableError):
        seal.open("name", bytes(sealed))


@given(st.binary(max_size=100))
def test_a_value_that_was_not_sealed_cannot_be_opened(value):
    with pytest.raises(UnsealableError):
        Seal(KEY).open("name", value)


def test_the_format_of_sealed_values_is_stable():
    """Hosts with different versions of the library may share a server."""
    sealed = Seal(KEY).seal("name", b"value")
    key = hmac.digest(KEY, b"cognito-credentials name", "sha256")
    assert sealed[0] == 1
    assert AESGCM(key).decrypt(sealed[1:13], sealed[13:], b"name") == b"value"


def test_the_first_key_seals_and_all_keys_open():
    old, new = Seal(KEY), Seal([bytes(32), bytearray(KEY)])
    assert new.open("name", old.seal("name", b"value")) == b"value"
    with pytest.raises(UnsealableError):
        old.open("name", new.seal("name", b"value"))


@pytest.mark.parametrize("key", [b"x" * 31, "x" * 32, None, [], [KEY, b"x"], 5])
def test_a_key_must_be_32_bytes(key):
    with pytest.raises(ConfigurationError, match="sealing_key"):
        Seal(key)


def test_the_repr_does_not_show_the_keys():
    assert repr(Seal([KEY, bytes(32)])) == "<Seal with 2 keys>"
