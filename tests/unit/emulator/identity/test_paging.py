from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.paging import read_token, split_page


def make_token(scope: str, position: int) -> str:
    _, member = split_page(scope, [position, position + 1], 1, lambda item: item)
    token: str = member["NextToken"]
    return token


def test_the_last_page_has_no_token() -> None:
    assert split_page("Op", [1, 2], 2, lambda item: item) == ([1, 2], {})
    assert split_page("Op", [], 2, lambda item: item) == ([], {})
    assert read_token("Op", None) == -1


@given(st.text(max_size=60), st.integers(0, 10**17))
def test_a_token_contains_the_position_of_the_last_item(scope: str, position: int) -> None:
    token = make_token(scope, position)
    assert re.fullmatch(r"\S{1,65535}", token)
    assert read_token(scope, token) == position


def encode(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        make_token("Op pool-2", 5),
        make_token("Other pool-1", 5),
        encode(b"Op pool-1 -1"),
        encode(b"Op pool-1 " + b"9" * 40),
        encode(b"\xff"),
        make_token("Op pool-1", 5) + "=",
    ],
)
def test_a_token_of_another_request_is_rejected(token: str) -> None:
    with pytest.raises(AwsError) as caught:
        read_token("Op pool-1", token)
    assert caught.value.code == "InvalidParameterException"
    assert caught.value.message == UnconfirmedText.BAD_NEXT_TOKEN
