from __future__ import annotations

import dataclasses

import pytest
from harness import GOOGLE, jwt

from cognito_credentials._core.broker_users import UserRequest
from cognito_credentials.errors import ConfigurationError

ALICE = {GOOGLE: jwt(sub="alice")}


class Supplier:
    """A supplier whose repr is the same as that of every other supplier."""

    def __init__(self, token):
        self.token = token

    def __call__(self):
        return self.token

    def __repr__(self):
        return "<a supplier>"

    method = __call__


@dataclasses.dataclass(repr=False)
class UnhashableSupplier(Supplier):
    token: str

    def __call__(self):
        return self.token


@pytest.mark.parametrize("kind", [Supplier, UnhashableSupplier])
def test_suppliers_with_equal_reprs_do_not_share_a_flight(kind):
    one, two = kind("one"), kind("two")
    keys = [UserRequest("alice", {GOOGLE: supplier}).key for supplier in (one, two, one)]
    assert keys[0] == keys[2] != keys[1]
    assert len(set(keys)) == 2


def test_a_method_is_the_same_supplier_each_time():
    supplier = Supplier("token")
    first, second = (UserRequest("alice", {GOOGLE: supplier.method}) for _ in range(2))
    assert first.key == second.key


def test_a_flight_is_of_one_user_with_the_same_tokens():
    requests = [
        ("alice", ALICE),
        ("bob", ALICE),
        ("alice", {GOOGLE: jwt(sub="bob")}),
        ("alice", None),
    ]
    assert len({UserRequest(*arguments).key for arguments in requests}) == 4


def test_the_key_of_a_flight_does_not_contain_a_token():
    assert ALICE[GOOGLE] not in repr(UserRequest("alice", ALICE).key)


@pytest.mark.parametrize("logins", [None, ALICE, {GOOGLE: Supplier("token")}])
def test_logins_are_returned_as_they_were_given(logins):
    assert UserRequest("alice", logins).original_logins() == (logins or {})


@pytest.mark.parametrize(
    ("logins", "expected"),
    [
        ({GOOGLE: jwt(exp=100)}, True),
        ({GOOGLE: jwt(exp=300)}, False),
        ({GOOGLE: "opaque"}, False),
        ({GOOGLE: lambda: jwt(exp=100)}, False),
        (None, False),
    ],
)
def test_has_expired_token_does_not_call_suppliers(logins, expected):
    assert UserRequest("alice", logins).has_expired_token(200.0) is expected


@pytest.mark.parametrize("user_identifier", ["", None, 5, b"alice", []])
def test_an_invalid_user_identifier_is_rejected(user_identifier):
    with pytest.raises(ConfigurationError, match="user_identifier"):
        UserRequest(user_identifier, ALICE)
