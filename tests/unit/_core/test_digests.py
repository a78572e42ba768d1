from __future__ import annotations

import pytest

from cognito_credentials._core.digests import sha256_hex


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("ada", "fdee430d40bd57deeac186cd9790033d0f06f909a8806e7ce6e717ab7c7d5029"),
        ("ünïcode", "b8be8967e4de3eb294835b1748184523179767250c2d510451e9d3a03df08977"),
        ("\ud800", "91a681b998555fb475479817b126c94e57e52011fa1842c5d188795a4a05226b"),
    ],
)
def test_the_digest_is_sha_256_of_the_encoded_text(text, digest):
    assert sha256_hex(text) == digest
