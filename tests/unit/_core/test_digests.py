from __future__ import annotations

import hashlib

import pytest

from cognito_credentials._core import digests


@pytest.mark.parametrize("text", ["", "ada", "ünïcode", "\ud800"])
def test_it_is_the_digest_of_hashlib(text):
    expected = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    assert digests.sha256_hex(text) == expected


def test_a_python_without_its_own_has_hashlib(monkeypatch):
    monkeypatch.setattr(digests, "MODULES", ("_no_such_module", "hashlib"))
    assert digests.sha256_hex("ada") == hashlib.sha256(b"ada").hexdigest()
