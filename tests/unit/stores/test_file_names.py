from __future__ import annotations

import re

import pytest
from harness import POOL
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core import records
from cognito_credentials._core.identity_id_keys import GUEST, format_store_key
from cognito_credentials._sign_in.sessions import SessionKey
from cognito_credentials.stores._file_names import file_name

MAX_NAME_LENGTH = 143  # eCryptfs has this limit.
TEMPORARY_SUFFIX = f".{'0' * 16}.new"
UUID = POOL.partition(":")[2]

keys = st.text() | st.from_regex(r"[A-Za-z]+:[a-z0-9:/. +,-]*", fullmatch=True)


@given(st.lists(keys, unique=True))
def test_names_are_unique_even_if_the_file_system_ignores_the_case(keys):
    assert len({file_name(key).casefold() for key in keys}) == len(keys)


@given(keys)
def test_names_are_valid_on_every_file_system(key):
    name = file_name(key)
    assert re.fullmatch(r"[a-z0-9.+,-]+\.json", name)
    assert len(name + TEMPORARY_SUFFIX) <= MAX_NAME_LENGTH


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-2", "us-gov-east-1"])
def test_the_names_of_a_guest_contain_the_pool(region):
    pool, url = f"{region}:{UUID}", f"https://cognito-identity.{region}.amazonaws.com"
    for key in (
        format_store_key(pool, GUEST),
        records.credentials_key({"pool": pool, "url": url}),
        records.credentials_key({"pool": pool, "url": "http://127.0.0.1:54321/path"}),
    ):
        assert pool.replace(":", "+") in file_name(key)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(format_store_key(POOL, "ada"), id="identity ID"),
        pytest.param(
            records.credentials_key({"pool": POOL, "url": "https://a", "user": "ada"}),
            id="credentials",
        ),
        pytest.param(SessionKey("https://issuer", "client", "ada").store_key, id="session"),
    ],
)
def test_the_names_of_a_user_contain_a_digest_only(key):
    assert re.fullmatch(r"(credentials\+)?[0-9a-f]{64}\.json", file_name(key))
