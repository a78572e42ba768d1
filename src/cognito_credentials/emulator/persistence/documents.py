"""JSON documents with the state of Amazon Cognito Identity.

A document contains all data that the service would lose at the end of the process: see
`ServiceState`.
"""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from typing import Any, cast

from cognito_credentials.emulator.clock import MAX_TIME
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.identity_records import (
    MAX_SERIAL,
    LinkedLogin,
    PoolIdentity,
)
from cognito_credentials.emulator.identity.opaque_tokens import OPAQUE_TOKEN_PROVIDERS
from cognito_credentials.emulator.identity.pool_checks import (
    MAX_POOLS,
    check_role_mappings,
    check_settings,
)
from cognito_credentials.emulator.identity.pools import IdentityPool, PrincipalTagMap
from cognito_credentials.emulator.identity.state import RegisteredToken, ServiceState
from cognito_credentials.emulator.identity.validation import validate

FORMAT_VERSION = 1

_KINDS: Mapping[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "a boolean",
}


class DocumentError(ValueError):
    """Error for a document without a valid state; the message names the invalid field."""


def state_document(state: ServiceState) -> dict[str, Any]:
    """Return the document with all data of the service."""
    return {
        "version": FORMAT_VERSION,
        "pools": [pool_document(pool) for pool in state.pools],
        "identities": [identity_document(identity) for identity in state.identities],
        "opaque_tokens": [token._asdict() for token in state.opaque_tokens],
    }


def parse_state(document: object) -> ServiceState:
    """Return the data in a document.

    Raises:
        DocumentError: If the document is invalid.
    """
    reader = _Reader(document, "the state")
    version = reader.get("version", int)
    if version != FORMAT_VERSION:
        raise DocumentError(f"version must be {FORMAT_VERSION}, not {version}")
    pools = [
        parse_pool(each, f"pools[{position}]")
        for position, each in enumerate(reader.get("pools", list))
    ]
    identities = [
        parse_identity(each, f"identities[{position}]")
        for position, each in enumerate(reader.get("identities", list))
    ]
    tokens = [
        parse_token(each, f"opaque_tokens[{position}]")
        for position, each in enumerate(reader.get("opaque_tokens", list))
    ]
    state = ServiceState(pools, identities, tokens)
    check_state(state)
    return state


def check_state(state: ServiceState) -> None:
    """Check that the parts of a state, each of which is valid, are consistent with each other.

    Raises:
        DocumentError: If the service could not have this state.
    """
    _check_unique("pools", "id", [pool.id for pool in state.pools])
    _check_unique("pools", "serial", [(_region_of(pool.id), pool.serial) for pool in state.pools])
    for region, count in Counter(_region_of(pool.id) for pool in state.pools).items():
        if count > MAX_POOLS:
            raise DocumentError(f"pools must contain at most {MAX_POOLS} pools of {region}")
    identities = state.identities
    _check_unique("identities", "id", [identity.id for identity in identities])
    _check_unique(
        "identities", "serial", [(_region_of(each.id), each.serial) for each in identities]
    )
    known = {pool.id for pool in state.pools}
    owners: dict[tuple[str, LinkedLogin], str] = {}
    for position, identity in enumerate(identities):
        if identity.pool_id not in known:
            raise DocumentError(
                f"identities[{position}].pool_id must be the ID of one of the pools"
            )
        if _region_of(identity.id) != _region_of(identity.pool_id):
            raise DocumentError(f"identities[{position}].id must begin with the region of its pool")
        for login in identity.logins:
            if owners.setdefault((identity.pool_id, login), identity.id) != identity.id:
                raise DocumentError(
                    f"identities[{position}].logins contains a login of an earlier identity"
                )


def pool_document(pool: IdentityPool) -> dict[str, Any]:
    """Return the document of an identity pool, without its ARN, which depends on the account."""
    return {
        "id": pool.id,
        "serial": pool.serial,
        "settings": pool.settings,
        "roles": pool.roles,
        "role_mappings": pool.role_mappings,
        "principal_tags": {name: tags._asdict() for name, tags in pool.principal_tags.items()},
    }


def parse_pool(document: object, path: str) -> IdentityPool:
    """Return an identity pool without an ARN.

    Args:
        document: The result of `pool_document`.
        path: The position of the document, for error messages.

    Raises:
        DocumentError: If the document is invalid.
    """
    reader = _Reader(document, path)
    settings = _Reader(reader.get("settings", dict), f"{path}.settings")
    settings.get("IdentityPoolName", str)
    settings.get("AllowUnauthenticatedIdentities", bool)
    settings.get("IdentityPoolTags", dict)
    pool_id, roles = reader.get("id", str), reader.get("roles", dict)
    role_mappings = reader.get("role_mappings", dict)
    validated = _validate(
        "UpdateIdentityPool", path, {**settings.document, "IdentityPoolId": pool_id}
    )
    del validated["IdentityPoolId"]
    if roles or role_mappings:
        parameters = {"IdentityPoolId": pool_id, "Roles": roles, "RoleMappings": role_mappings}
        validated_roles = _validate("SetIdentityPoolRoles", path, parameters)
        roles, role_mappings = validated_roles["Roles"], validated_roles["RoleMappings"]
    with _describe_errors(path):
        check_settings(validated)
        # A provider can be removed from a pool without its role mapping.
        check_role_mappings(role_mappings, known_keys=frozenset(role_mappings))
    return IdentityPool(
        id=pool_id,
        arn="",
        serial=reader.get_number("serial", int, MAX_SERIAL),
        settings=validated,
        roles=roles,
        role_mappings=role_mappings,
        principal_tags={
            name: _parse_tag_map(each, f"{path}.principal_tags.{name}", pool_id, name)
            for name, each in reader.get("principal_tags", dict).items()
        },
    )


def _parse_tag_map(document: object, path: str, pool_id: str, provider: str) -> PrincipalTagMap:
    reader = _Reader(document, path)
    tag_map = PrincipalTagMap(reader.get("uses_defaults", bool), reader.get("claims", dict))
    parameters = {
        "IdentityPoolId": pool_id,
        "IdentityProviderName": provider,
        "PrincipalTags": tag_map.claims,
    }
    _validate("SetPrincipalTagAttributeMap", path, parameters)
    return tag_map


def identity_document(identity: PoolIdentity) -> dict[str, Any]:
    """Return the document of an identity."""
    return {
        "id": identity.id,
        "pool_id": identity.pool_id,
        "serial": identity.serial,
        "created_at": identity.created_at,
        "modified_at": identity.modified_at,
        "is_enabled": identity.is_enabled,
        "logins": [login._asdict() for login in sorted(identity.logins)],
    }


def parse_identity(document: object, path: str) -> PoolIdentity:
    """Return an identity; see `parse_pool`.

    Raises:
        DocumentError: If the document is invalid.
    """
    reader = _Reader(document, path)
    logins = [
        _Reader(each, f"{path}.logins[{position}]")
        for position, each in enumerate(reader.get("logins", list))
    ]
    identity_id = reader.get("id", str)
    _validate("DescribeIdentity", path, {"IdentityId": identity_id})
    return PoolIdentity(
        id=identity_id,
        # Pool IDs and provider names are interned, because many identities have the same IDs and
        # names.
        pool_id=sys.intern(reader.get("pool_id", str)),
        serial=reader.get_number("serial", int, MAX_SERIAL),
        created_at=reader.get_number("created_at", float, MAX_TIME),
        modified_at=reader.get_number("modified_at", float, MAX_TIME),
        is_enabled=reader.get("is_enabled", bool),
        logins=frozenset(
            LinkedLogin(
                sys.intern(each.get("provider", str)),
                each.get("subject", str),
                each.get("is_public", bool),
            )
            for each in logins
        ),
    )


def parse_token(document: object, path: str) -> RegisteredToken:
    """Return a registered opaque token; see `parse_pool`.

    Raises:
        DocumentError: If the document is invalid.
    """
    reader = _Reader(document, path)
    token = RegisteredToken(*(reader.get(name, str) for name in RegisteredToken._fields))
    if token.provider not in OPAQUE_TOKEN_PROVIDERS:
        raise DocumentError(f"{path}.provider must be a provider of opaque tokens")
    return token


class _Reader:
    """Reads the fields of one JSON object."""

    def __init__(self, document: object, path: str) -> None:
        if not isinstance(document, dict):
            raise DocumentError(f"{path} must be an object, not {type(document).__name__}")
        self.document = cast("dict[str, Any]", document)
        self._path = path

    def get(self, name: str, kind: type) -> Any:
        """Return a required field."""
        if name not in self.document:
            raise DocumentError(f"{self._path_of(name)} is missing")
        value = self.document[name]
        if type(value) is not kind:
            raise DocumentError(
                f"{self._path_of(name)} must be {_KINDS[kind]}, not {type(value).__name__}"
            )
        return value

    def get_number(self, name: str, kind: type, maximum: int) -> Any:
        """Return a required number of at least 0; if `kind` is float, an integer is accepted."""
        is_integer = type(self.document.get(name)) is int
        number = self.get(name, int if is_integer else kind)
        if not 0 <= number <= maximum:  # A comparison with NaN is false.
            raise DocumentError(f"{self._path_of(name)} must be a number from 0 to {maximum}")
        return kind(number)

    def _path_of(self, name: str) -> str:
        return name if self._path == "the state" else f"{self._path}.{name}"


def _validate(operation: str, path: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Validate stored parameters with the rules of the operation that stored them."""
    with _describe_errors(path):
        return validate(operation, parameters)


@contextlib.contextmanager
def _describe_errors(path: str) -> Generator[None]:
    try:
        yield
    except AwsError as error:
        raise DocumentError(f"{path} is invalid: {error.message}") from None


def _check_unique(path: str, field: str, values: Sequence[object]) -> None:
    seen = set[object]()
    for position, each in enumerate(values):
        if each in seen:
            raise DocumentError(f"{path}[{position}].{field} is already used by an earlier entry")
        seen.add(each)


def _region_of(resource_id: str) -> str:
    return resource_id.partition(":")[0]
