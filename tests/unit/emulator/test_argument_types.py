"""Arguments of the wrong type, which users often pass to the emulator in their tests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import pytest

from cognito_credentials.emulator import Emulator, Fault, allow

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
    "a string instead of a number": ("hours", lambda e: e.advance(hours="1")),
    "a list of claims": ("claims", lambda e: e.issuer.add_user("ann", ["admins"])),
    "one redirect URI": (
        "redirect_uris",
        lambda e: e.issuer.add_client("app", redirect_uris="https://app.example.com/"),
    ),
    "keys without a JWKS": ("jwks", lambda e: e.add_oidc_issuer("https://login.example.com", [])),
    "a number as a user name": ("name", lambda e: e.create_identity_pool(**USERS).create_user(5)),
    "a number as a password": (
        "password",
        lambda e: e.create_identity_pool(**USERS).create_user("ann", password=5),
    ),
    "a number as an attribute": (
        r"attributes\['email'\]",
        lambda e: e.create_identity_pool(**USERS).create_user("ann", attributes={"email": 5}),
    ),
    "a number as a pool name": ("name", lambda e: e.create_identity_pool(5, **USERS)),
    "one user pool": (
        "CognitoIdentityProviders",
        lambda e: e.create_identity_pool(CognitoIdentityProviders="x", **USERS),
    ),
    "a number as a bucket name": ("name", lambda e: e.create_bucket(5)),
    "a number as an object key": ("objects", lambda e: e.create_bucket("files", {5: "text"})),
    "a number as a table name": ("name", lambda e: e.create_table(5, key="k")),
    "a number as a key": ("key", lambda e: e.create_table("t", key=5)),
    "a number as a sort key": ("sort_key", lambda e: e.create_table("t", key="k", sort_key=5)),
    "a number as items": ("items", lambda e: e.create_table("t", key="k", items=5)),
    "a number as a service": ("service", lambda e: e.client(5)),
    "a bool instead of seconds": ("seconds", lambda e: e.clock.advance(True)),
    "a number as a provider name": ("provider_name", lambda e: e.mint_token(5, "ann")),
    "a number as a subject": ("subject", lambda e: e.mint_token("accounts.google.com", 5)),
    "one claim": ("claims", lambda e: e.issuer.id_token("ann", audience="a", claims="x")),
    "a string as a lifetime": (
        "lifetime",
        lambda e: e.issuer.id_token("ann", audience="a", lifetime="x"),
    ),
    "no user name": ("name", lambda e: e.issuer.add_user(None)),
    "no client": ("client_id", lambda e: e.issuer.add_client(None)),
    "a number as a redirect URI": (
        "redirect_uris",
        lambda e: e.issuer.add_client("app", redirect_uris=[5]),
    ),
    "keys that are a string": (
        "jwks",
        lambda e: e.add_oidc_issuer("https://login.example.com", {"keys": "x"}),
    ),
    "a list as a state": ("document", lambda e: e.import_state([])),
    "a list as a provider": (
        "provider_name",
        lambda e: e.identity_service.set_token_verifier([], len),
    ),
    "a string as a verifier": (
        "verify",
        lambda e: e.identity_service.set_token_verifier("graph.facebook.com", "x"),
    ),
    "a list as a token": (
        "token",
        lambda e: e.identity_service.register_opaque_token("graph.facebook.com", [], "a", "b"),
    ),
    "no pool": ("pool_id", lambda e: e.identity_service.list_identities(None)),
    "no host": ("host", lambda _: Emulator(host=cast("Any", None))),
    "a string as a port": ("port", lambda _: Emulator(port=cast("Any", "80"))),
    "a bool as a port": ("port", lambda _: Emulator(port=True)),
    "a number as a region": ("region", lambda _: Emulator(region=cast("Any", 5))),
    "a number as an account": ("account_id", lambda _: Emulator(account_id=cast("Any", 1))),
    "a string instead of a bool": (
        "enforce_iam",
        lambda _: Emulator(enforce_iam=cast("Any", "no")),
    ),
    "a string as the lifetime of credentials": (
        "credential_lifetime",
        lambda _: Emulator(credential_lifetime=cast("Any", "60")),
    ),
    "a clock without a time": ("clock", lambda _: Emulator(clock=cast("Any", 5))),
    "a number as a file": ("state_file", lambda _: Emulator(state_file=cast("Any", 5))),
    "bytes as a file": ("config_file", lambda _: Emulator(config_file=cast("Any", b"x"))),
    "no resources": ("resources", lambda _: allow("s3:*", cast("Any", None))),
}


@pytest.mark.parametrize("name", WRONG_TYPES)
def test_an_argument_of_the_wrong_type_is_named(emulator: Any, name: str):
    parameter, call = WRONG_TYPES[name]
    with pytest.raises(TypeError, match=rf"^{parameter}.* must (be|have) "):
        call(emulator)


HUGE = 10**5000
SURROGATE = "\ud800"

# Each case: the parameter that the message names, and the call.
WRONG_VALUES: dict[str, tuple[str, Callable[[Any], object]]] = {
    "a huge port": ("port", lambda _: Emulator(port=70_000)),
    "a negative port": ("port", lambda _: Emulator(port=-1)),
    "an empty host": ("host", lambda _: Emulator(host="")),
    "a NUL in the host": ("host", lambda _: Emulator(host="a\0b")),
    "an unknown region": ("region", lambda _: Emulator(region="nowhere")),
    "a huge lifetime of credentials": (
        "credential_lifetime",
        lambda _: Emulator(credential_lifetime=HUGE),
    ),
    "a NUL in a path": ("state_file", lambda _: Emulator(state_file="a\0b")),
    "an empty path": ("config_file", lambda _: Emulator(config_file="")),
    "surrogates in a path": ("config_file", lambda _: Emulator(config_file="\ud8ff")),
    "huge seconds": ("seconds", lambda e: e.clock.advance(HUGE)),
    "huge hours": ("hours", lambda e: e.advance(hours=HUGE)),
    "infinite minutes": ("minutes", lambda e: e.advance(minutes=math.inf)),
    "an infinite lifetime": (
        "lifetime",
        lambda e: e.issuer.id_token("ann", audience="a", lifetime=math.inf),
    ),
    "a huge lifetime": ("lifetime", lambda e: e.mint_token("a.example", "ann", lifetime=HUGE)),
    "a lifetime that is not a number": (
        "lifetime",
        lambda e: e.mint_token("a.example", "ann", lifetime=math.nan),
    ),
    "claims that are not JSON": (
        "claims",
        lambda e: e.issuer.id_token("ann", audience="a", claims={"at": {1}}),
    ),
    "claims with surrogates": ("claims", lambda e: e.issuer.add_user("ann", {"a": SURROGATE})),
    "surrogates in a subject": ("subject", lambda e: e.mint_token("a.example", SURROGATE)),
    "surrogates in a token": (
        "token",
        lambda e: e.identity_service.register_opaque_token("www.amazon.com", SURROGATE, "", ""),
    ),
    "an invalid URI": (
        "redirect_uris",
        lambda e: e.issuer.add_client("app", redirect_uris=["http://["]),
    ),
    "statements that are not JSON": (
        "guests",
        lambda e: e.create_identity_pool(guests=[allow("s3:*", "*") | {"Sid": b"x"}]),
    ),
    "an uppercase bucket name": ("name", lambda e: e.create_bucket("Files")),
    "a bucket name that is an address": ("name", lambda e: e.create_bucket("192.168.0.1")),
    "an empty table name": ("name", lambda e: e.create_table("", key="k")),
    "a huge number in an item": (
        "items",
        lambda e: e.create_table("t", key="k", items=[{"k": "1", "n": 10**400}]),
    ),
    "a huge quota": ("quota", lambda e: e.enforce_quotas({"GetId": HUGE})),
    "a huge fault": ("seconds", lambda _: Fault("GetId", "latency", seconds=HUGE)),
    "huge times": ("times", lambda _: Fault("GetId", "latency", -HUGE, seconds=1)),
}


@pytest.mark.parametrize("name", WRONG_VALUES)
def test_an_argument_with_an_unusable_value_is_named(emulator: Any, name: str):
    parameter, call = WRONG_VALUES[name]
    with pytest.raises(ValueError, match=parameter) as caught:
        call(emulator)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("attribute", "advice"),
    [("emial", "'email'"), ("team", "'custom:'"), ("sub", "'custom:'"), ("custom:", "'custom:'")],
)
def test_an_attribute_that_users_do_not_have_is_rejected(
    emulator: Any, attribute: str, advice: str
):
    pool = emulator.create_identity_pool(**USERS)
    with pytest.raises(ValueError, match="attributes") as caught:
        pool.create_user("ann", attributes={attribute: "x"})
    assert advice in str(caught.value)
    pool.create_user("ann", attributes={"custom:team": "x", "email": "ann@example.com"})


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
