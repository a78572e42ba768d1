"""Requests to all operations of the emulated service, with arbitrary parameters."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

from emulator_fakes import (
    ACCOUNT,
    DEVELOPER,
    OIDC,
    OWN,
    REGION,
    USER_POOL,
    USER_ROLE,
    ServiceHarness,
    id_token,
    make_service_request,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity import wire
from cognito_credentials.emulator.identity.model import find_input_shape, find_shape
from cognito_credentials.emulator.identity.operations import OPERATIONS

if TYPE_CHECKING:
    from cognito_credentials.emulator.identity.model import Shape

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=5)
    | st.text(st.characters(categories=["Cs", "Lo"]), max_size=3),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=5,
)


@functools.cache
def make_service() -> tuple[ServiceHarness, str]:
    """Return a service and the ID of its identity pool, which has a few identities."""
    service = ServiceHarness()
    pool_id = service.create_pool()
    for user in ("ann", "ben"):
        service.get_developer_id(pool_id, user)
    return service, pool_id


@functools.cache
def known_texts() -> list[str]:
    service, pool_id = make_service()
    identity_id = service.get_id(pool_id)
    return [
        identity_id,
        service.get_id(pool_id, {USER_POOL: id_token()}),
        f"{REGION}:00000000-0000-0000-0000-000000000000",
        f"arn:aws:cognito-identity:{REGION}:{ACCOUNT}:identitypool/{pool_id}",
        "ann",
        "ben",
        "authenticated",
        DEVELOPER,
        USER_POOL,
        OIDC,
        OWN,
        USER_ROLE,
        id_token(),
        "a.b.c",
        "Token",
        "Rules",
        "Deny",
        "Equals",
    ]


def make_texts(shape: Shape) -> st.SearchStrategy[str]:
    _, pool_id = make_service()
    pattern = re.sub(r"\\p\{\w\}", ".", shape.get("pattern", ".*"))
    known = [text for text in (pool_id, *known_texts()) if re.fullmatch(pattern, text)]
    return st.sampled_from(known) if known else st.text(max_size=5)


def make_values(shape: Shape) -> st.SearchStrategy[Any]:
    """Return a strategy for mostly well-formed values of a shape."""
    kind = shape["type"]
    if kind == "structure":
        members = {
            name: make_values(find_shape(member)) for name, member in shape["members"].items()
        }
        required = set(shape.get("required", ()))
        values: st.SearchStrategy[Any] = st.fixed_dictionaries(
            {name: each for name, each in members.items() if name in required},
            optional={name: each for name, each in members.items() if name not in required},
        )
    elif kind == "map":
        return st.dictionaries(
            make_texts(find_shape(shape["key"])),
            make_values(find_shape(shape["value"])),
            max_size=3,
        )
    elif kind == "list":
        values = st.lists(make_values(find_shape(shape["member"])), max_size=3)
    elif kind == "boolean":
        values = st.booleans()
    elif kind in ("integer", "long"):
        values = st.integers(shape.get("min", 0), shape.get("max", 60))
    elif "enum" in shape:
        values = st.sampled_from(shape["enum"])
    else:
        values = make_texts(shape)
    # About one value in twenty is arbitrary; the other values are well-formed.
    return st.sampled_from([values] * 20 + [json_values]).flatmap(lambda strategy: strategy)


def requests() -> st.SearchStrategy[tuple[str, Any]]:
    return st.one_of(
        *(
            st.tuples(st.just(name), make_values(find_input_shape(name)))
            for name in sorted(OPERATIONS)
            if name != "DeleteIdentityPool"  # All other requests need the identity pool.
        )
    )


@settings(max_examples=600)
@given(st.deferred(requests))
def test_every_request_has_a_response(request_: tuple[str, Any]) -> None:
    service, _ = make_service()
    operation, parameters = request_
    try:
        response = service.service.handle(
            make_service_request(operation, json.dumps(parameters).encode())
        )
    except AwsError as error:
        response = wire.error_response(error, now=0)
    assert response.status in (200, 400)
    if response.status == 400:
        error = json.loads(response.body)
        assert list(error) == ["__type", "message"]
        assert error["__type"].endswith("Exception")
        headers = dict(response.headers)
        assert headers["x-amzn-ErrorType"] == f"{error['__type']}:"
        assert re.fullmatch(r"[ -~]{0,2048}", headers["x-amzn-ErrorMessage"])
    elif response.body:
        assert isinstance(json.loads(response.body), dict)


@given(st.sampled_from(sorted(OPERATIONS)), st.binary(max_size=40))
def test_arbitrary_bytes_are_rejected_or_validated(operation: str, body: bytes) -> None:
    service, _ = make_service()
    if operation != "DeleteIdentityPool":
        assert service.send(operation, body)[0] in (200, 400)
