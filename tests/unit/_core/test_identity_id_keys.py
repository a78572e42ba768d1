from __future__ import annotations

import pytest
from harness import POOL
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core.identity_id_keys import (
    GUEST,
    format_cache_key,
    format_store_key,
    parse_store_key,
)

pools = st.from_regex(r"[a-z]{2}-[a-z]{4}-[0-9]:[0-9a-f-]{1,36}", fullmatch=True)


def test_the_key_in_caches_has_the_format_of_the_javascript_sdk():
    assert format_cache_key(POOL, "user") == f"aws:cognito-identity-credentials:{POOL}:user"


def test_the_key_of_a_guest_in_stores_has_no_user():
    assert format_store_key(POOL, "ada") == f"identity-id:{POOL} ada"
    assert format_store_key(POOL, GUEST) == f"identity-id:{POOL}"


@pytest.mark.parametrize("format_key", [format_cache_key, format_store_key])
@given(users=st.lists(st.tuples(pools, st.text() | st.just(GUEST)), unique=True))
def test_no_two_users_have_the_same_key(format_key, users):
    # An identity pool ID contains one colon and no spaces, so the parts of a key are unambiguous.
    assert len({format_key(*user) for user in users}) == len(users)


@given(pools, st.text() | st.just(GUEST))
def test_parse_store_key_reverses_format_store_key(pool, user):
    assert parse_store_key(format_store_key(pool, user)) == (pool, user)


@pytest.mark.parametrize("key", [f"credentials:{POOL}", "identity-id:odd", "identity-id:"])
def test_another_key_has_neither_pool_nor_user(key):
    assert parse_store_key(key) is None
