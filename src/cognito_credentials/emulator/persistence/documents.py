"""JSON documents with the state of Amazon Cognito Identity.

A document contains all data that the service would lose at the end of the process: see
`ServiceState`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.identity_records import LinkedLogin, PoolIdentity
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
    """A document is not the state of an emulator; the message names the invalid field."""


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
    _check_unique([pool.id for pool in pools], "pools")
    _check_unique([identity.id for identity in identities], "identities")
    known = {pool.id for pool in pools}
    for position, identity in enumerate(identities):
        if identity.pool_id not in known:
            raise DocumentError(
                f"identities[{position}].pool_id must be the ID of one of the pools"
            )
    return ServiceState(pools, identities, tokens)


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
        path: Where the document is, for error messages.

    Raises:
        DocumentError: If the document is invalid.
    """
    reader = _Reader(document, path)
    settings = _Reader(reader.get("settings", dict), f"{path}.settings")
    settings.get("IdentityPoolName", str)
    settings.get("AllowUnauthenticatedIdentities", bool)
    settings.get("IdentityPoolTags", dict)
    maps = {
        name: _Reader(each, f"{path}.principal_tags.{name}")
        for name, each in reader.get("principal_tags", dict).items()
    }
    pool_id, roles = reader.get("id", str), reader.get("roles", dict)
    role_mappings = reader.get("role_mappings", dict)
    _check_parameters("UpdateIdentityPool", path, IdentityPoolId=pool_id, **settings.document)
    if roles or role_mappings:
        parameters = {"IdentityPoolId": pool_id, "Roles": roles, "RoleMappings": role_mappings}
        _check_parameters("SetIdentityPoolRoles", path, **parameters)
    return IdentityPool(
        id=pool_id,
        arn="",
        serial=reader.get("serial", int),
        settings=settings.document,
        roles=roles,
        role_mappings=role_mappings,
        principal_tags={
            name: PrincipalTagMap(each.get("uses_defaults", bool), each.get("claims", dict))
            for name, each in maps.items()
        },
    )


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
    return PoolIdentity(
        id=reader.get("id", str),
        # Many identities share these strings.
        pool_id=sys.intern(reader.get("pool_id", str)),
        serial=reader.get("serial", int),
        created_at=reader.get("created_at", float),
        modified_at=reader.get("modified_at", float),
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
    return RegisteredToken(*(reader.get(name, str) for name in RegisteredToken._fields))


class _Reader:
    """Reads the fields of one JSON object."""

    def __init__(self, document: object, path: str) -> None:
        if not isinstance(document, dict):
            raise DocumentError(f"{path} must be an object, not {type(document).__name__}")
        self.document = cast("dict[str, Any]", document)
        self._path = path

    def get(self, name: str, kind: type) -> Any:
        """Return a required field; the number of a float may be an integer."""
        path = name if self._path == "the state" else f"{self._path}.{name}"
        if name not in self.document:
            raise DocumentError(f"{path} is missing")
        value = self.document[name]
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise DocumentError(f"{path} must be {_KINDS[kind]}, not {type(value).__name__}")
        return value


def _check_parameters(operation: str, path: str, **parameters: Any) -> None:
    """Check what CreateIdentityPool and SetIdentityPoolRoles have checked when it was stored."""
    try:
        validate(operation, parameters)
    except AwsError as error:
        raise DocumentError(f"{path} is invalid: {error.message}") from None


def _check_unique(ids: Sequence[str], path: str) -> None:
    seen: set[str] = set()
    for position, each in enumerate(ids):
        if each in seen:
            raise DocumentError(f"{path}[{position}].id is the ID of an earlier entry")
        seen.add(each)
