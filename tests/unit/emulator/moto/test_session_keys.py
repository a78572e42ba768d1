from __future__ import annotations

import base64
import re

import pytest
from moto.iam.utils import generate_access_key_id_from_account_id

from cognito_credentials.emulator.moto.session_keys import generate_session_keys


@pytest.mark.parametrize("account_id", ["123456789012", "000000000001", "999999999998"])
def test_the_access_key_id_encodes_the_account_as_in_moto(account_id: str):
    ids = [
        generate_access_key_id_from_account_id(account_id, "ASIA", 20),
        generate_session_keys(account_id).access_key_id,
    ]
    numbers = [int.from_bytes(base64.b32decode(each[4:])) for each in ids]
    assert [len(each) for each in ids] == [20, 20]
    assert len({number >> 39 for number in numbers}) == 1
    assert numbers[1] >> 39 & ((1 << 40) - 1) == int(account_id)


def test_all_keys_are_random_and_have_the_usual_form():
    first, second = (generate_session_keys("123456789012") for _ in range(2))
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", first.access_key_id)
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", first.secret_access_key)
    assert len(first.session_token) > 300
    assert set(first).isdisjoint(second)
