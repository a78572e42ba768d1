"""Arguments of the wrong type, which tests often pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from cognito_credentials.emulator import Emulator, allow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

USERS = {"signed_in": [allow("s3:*", "*")]}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Any]:
    with Emulator(account_id="121212120001") as emulator:
        yield emulator


# Each case: the parameter that the message names, and the call.
WRONG_TYPES: dict[str, tuple[str, Callable[[Any], object]]] = {
    "the name of a user": ("user", lambda e: e.create_identity_pool(**USERS).session("ann")),
    "a list of attributes": (
        "attributes",
        lambda e: e.create_identity_pool(**USERS).create_user("ann", attributes=["email"]),
    ),
    "a list of objects": ("objects", lambda e: e.create_bucket("files", ["a.txt"])),
    "an object that is a document": ("objects", lambda e: e.create_bucket("files", {"a": {}})),
    "an item without a list": ("items", lambda e: e.create_table("t", key="k", items={"k": "1"})),
    "the name of an operation": ("fault", lambda e: e.faults.add("GetId")),
    "one quota": ("quotas", lambda e: e.enforce_quotas(5)),
    "a text instead of a number": ("hours", lambda e: e.advance(hours="1")),
    "a list of claims": ("claims", lambda e: e.issuer.add_user("ann", ["admins"])),
    "one redirect URI": (
        "redirect_uris",
        lambda e: e.issuer.add_client("app", redirect_uris="https://app.example.com/"),
    ),
    "keys without a JWKS": ("jwks", lambda e: e.add_oidc_issuer("https://login.example.com", [])),
    "no resources": ("resources", lambda _: allow("s3:*", cast("Any", None))),
}


@pytest.mark.parametrize("name", WRONG_TYPES)
def test_an_argument_of_the_wrong_type_is_named(emulator: Any, name: str):
    parameter, call = WRONG_TYPES[name]
    with pytest.raises(TypeError, match=rf"^{parameter}\b.* must be "):
        call(emulator)


def test_nothing_is_created_with_a_wrong_argument(emulator: Any):
    with pytest.raises(TypeError):
        emulator.create_bucket("half-done", {"a.txt": "text", "b.txt": 5})
    names = [each["Name"] for each in emulator.client("s3").list_buckets()["Buckets"]]
    assert "half-done" not in names


@pytest.mark.parametrize(
    ("url", "jwks", "part"),
    [
        ("login.example.com", {"keys": []}, "issuer_url"),
        ("https://login.example.com", "127.0.0.1:9000", "jwks"),
        ("https://login.example.com", {"kty": "RSA"}, "keys"),
    ],
)
def test_an_issuer_needs_urls_and_keys(emulator: Any, url: str, jwks: object, part: str):
    with pytest.raises(ValueError, match=part):
        emulator.add_oidc_issuer(url, jwks)


@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ({"action": "s3:*", "resource": "*"}, "'Action'"),
        ({**allow("s3:*", "*"), "Conditions": {}}, "'Condition'"),
        ({"Version": "2012-10-17", "Statement": [allow("s3:*", "*")]}, "its Statement"),
    ],
)
def test_a_statement_with_an_unknown_element_is_rejected(
    emulator: Any, statement: object, advice: str
):
    with pytest.raises(ValueError, match=r"^guests must") as caught:
        emulator.create_identity_pool(guests=[statement])
    assert advice in str(caught.value)
