from __future__ import annotations

import dataclasses

import pytest
from harness import GOOGLE, jwt

from cognito_credentials._base.broker_users import Request

ALICE = {GOOGLE: jwt(sub="alice")}


class Supplier:
    """Says the same of all."""

    def __init__(self, token):
        self.token = token

    def __call__(self):
        return self.token

    def __repr__(self):
        return "<a supplier>"

    method = __call__


@dataclasses.dataclass(repr=False)
class Unhashable(Supplier):
    token: str

    def __call__(self):
        return self.token


@pytest.mark.parametrize("kind", [Supplier, Unhashable])
def test_no_flight_is_shared_by_suppliers_that_only_look_alike(kind):
    one, two = kind("one"), kind("two")
    flights = [Request("alice", {GOOGLE: supplier}).flight for supplier in (one, two, one)]
    assert flights[0] == flights[2] != flights[1]
    assert len(set(flights)) == 2


def test_a_method_is_the_same_supplier_each_time():
    supplier = Supplier("token")
    assert (
        Request("alice", {GOOGLE: supplier.method}).flight
        == Request("alice", {GOOGLE: supplier.method}).flight
    )


def test_a_flight_belongs_to_a_user_and_its_tokens():
    others = [("bob", ALICE), ("alice", {GOOGLE: jwt(sub="bob")}), ("alice", None)]
    flights = {Request(name, logins).flight for name, logins in [("alice", ALICE), *others]}
    assert len(flights) == 4


def test_no_flight_s_name_holds_a_token():
    assert ALICE[GOOGLE] not in repr(Request("alice", ALICE).flight)
