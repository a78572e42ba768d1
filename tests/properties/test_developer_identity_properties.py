"""`DeveloperIdentity` must accept exactly the arguments that the service accepts."""

from __future__ import annotations

import re
import string

import pytest
from harness import POOL
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials import DeveloperIdentity
from cognito_credentials.errors import ConfigurationError

NAME_CHARACTERS = string.ascii_letters + string.digits + "._-"
TEXTS = st.text(max_size=10) | st.integers(120, 1100).map(lambda length: "x" * length)


def is_accepted(**arguments) -> bool:
    arguments = {"provider_name": "login.example.com", "user": "alice", **arguments}
    try:
        DeveloperIdentity(POOL, **arguments)
    except ConfigurationError as error:
        assert error.hint
        (name,) = arguments.keys() & {*re.findall(r"\w+", error.message)} - {"alice"} or [None]
        assert name is not None, error.message
        return False
    return True


@given(TEXTS | st.text(NAME_CHARACTERS, max_size=130))
def test_the_provider_name_has_the_pattern_of_the_service(name):
    pattern = r"[A-Za-z0-9_.-]{1,128}"
    assert is_accepted(provider_name=name) == (re.fullmatch(pattern, name) is not None)


@given(TEXTS)
def test_the_user_has_1_to_1024_characters(user):
    assert is_accepted(user=user) == (1 <= len(user) <= 1024)


@given(st.dictionaries(TEXTS, TEXTS, max_size=3) | st.integers(48, 53))
def test_the_principal_tags_have_limits(tags):
    if isinstance(tags, int):
        tags = {f"tag {number}": "x" for number in range(tags)}
    expected = len(tags) <= 50 and all(
        1 <= len(name) <= 128 and 1 <= len(value) <= 256 for name, value in tags.items()
    )
    assert is_accepted(principal_tags=tags) == expected


@given(st.integers() | st.floats() | st.booleans() | st.text(max_size=3))
def test_the_token_duration_is_an_integer_of_up_to_one_day(duration):
    expected = type(duration) is int and 1 <= duration <= 86_400
    assert is_accepted(token_duration=duration) == expected


@given(
    st.sampled_from(["provider_name", "user", "principal_tags"]),
    st.integers() | st.binary(max_size=3) | st.lists(st.text(max_size=3)) | st.booleans(),
)
def test_other_types_are_rejected(name, value):
    assert not is_accepted(**{name: value})


@pytest.mark.parametrize("arguments", [(), ("login.example.com",)])
def test_the_provider_name_and_the_user_are_required(arguments):
    with pytest.raises(ConfigurationError):
        DeveloperIdentity(POOL, *arguments)
