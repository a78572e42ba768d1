"""The declarations of a configuration file."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from cognito_credentials._validation import format_value
from cognito_credentials.emulator.configuration.files import read_content
from cognito_credentials.emulator.configuration.roles import (
    DeclaredMapping,
    Statements,
    read_groups,
    read_principal_tags,
    read_role_mappings,
    read_roles,
    read_statements,
)
from cognito_credentials.emulator.configuration.source import TomlSource
from cognito_credentials.emulator.configuration.tables import Table
from cognito_credentials.emulator.furnishing.resource_names import (
    BUCKET_NAME,
    BUCKET_NAME_FORM,
    find_attribute_problem,
)

_REGION = r"[a-z]+(?:-[a-z]+)+-\d+"
_POOL_ID = rf"{_REGION}:[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
_USER_POOL_ID = rf"{_REGION}_[0-9A-Za-z]+"
_CLIENT_ID = r"[0-9A-Za-z]{1,128}"
_URL = r"https?://\S+"

# The forms of the values, for error messages.
_POOL_ID_FORM = (
    "be a region, a colon and a lowercase UUID, such as"
    " us-east-1:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
)
_USER_POOL_ID_FORM = "be a region, an underscore and letters or digits, such as us-east-1_Players01"
_CLIENT_ID_FORM = "consist of 1 to 128 letters and digits"
_URL_FORM = "be an http or https URL"

_TOP_KEYS = ("identity_pools", "oidc_providers", "saml_providers", "buckets", "tables")
_POOL_KEYS = (
    *("id", "name", "guests", "signed_in", "users", "user_pool_id", "client_id"),
    *("social_providers", "oidc_providers", "saml_providers", "developer_provider"),
    *("roles", "role_mappings", "principal_tags", "basic_flow", "tags"),
)
_PROVIDER_KEYS = (
    *("social_providers", "oidc_providers", "saml_providers", "developer_provider", "users"),
    *("roles", "role_mappings", "principal_tags"),
)
_TABLE_KEYS = ("name", "key", "sort_key", "items")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredUser:
    """A user in the user pool of an identity pool. The repr does not show the password."""

    table: Table = field(repr=False)
    name: str
    password: str = field(repr=False)
    attributes: Mapping[str, str]
    groups: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPool:
    """An identity pool.

    Attributes:
        table: The table that declares the pool, for error messages.
        id: The identity pool ID.
        name: The name of the identity pool and of its user pool.
        guests: The permissions of guests; None if the pool does not allow guests.
        signed_in: The permissions of users; None if the pool does not allow users.
        users: The users of its user pool; None if it has no user pool.
        user_pool_id: The ID of the user pool. Default: derived from `id`.
        client_id: The ID of the client of the user pool. Default: derived from `id`.
        oidc_providers: The URLs of the OIDC providers.
        saml_providers: The names of the SAML providers.
        roles: The permissions of further roles, by name.
        role_mappings: The role mappings.
        principal_tags: For each provider, the claims that become session tags, by tag key.
        settings: Further parameters of CreateIdentityPool.
    """

    table: Table
    id: str
    name: str
    guests: Statements | None
    signed_in: Statements | None
    users: Sequence[DeclaredUser] | None
    user_pool_id: str | None
    client_id: str | None
    oidc_providers: Sequence[str]
    saml_providers: Sequence[str]
    roles: Mapping[str, Statements]
    role_mappings: Sequence[DeclaredMapping]
    principal_tags: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredOidcProvider:
    """An OIDC provider in IAM, and the local issuer that takes its place."""

    table: Table
    url: str
    client_ids: Sequence[str]
    local_issuer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSamlProvider:
    """A SAML provider in IAM, with its metadata."""

    table: Table
    name: str
    metadata: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTable:
    """A DynamoDB table and its items."""

    table: Table
    name: str
    key: str
    sort_key: str | None
    items: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredBucket:
    """A bucket and its objects."""

    table: Table
    name: str
    objects: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The contents of a configuration file."""

    pools: Sequence[DeclaredPool]
    oidc_providers: Sequence[DeclaredOidcProvider]
    saml_providers: Sequence[DeclaredSamlProvider]
    tables: Sequence[DeclaredTable]
    buckets: Sequence[DeclaredBucket]


def load_configuration(path: str | os.PathLike[str]) -> Configuration:
    """Read and check a configuration file.

    Raises:
        ConfigurationError: If the file cannot be read, or a value is invalid; the message names the
            file, the line and the key.
    """
    source = TomlSource(path)
    top = Table(source, (), source.document, _TOP_KEYS)
    providers = [
        DeclaredOidcProvider(
            table=table,
            url=table.require("url", _URL, form=_URL_FORM),
            client_ids=table.get_strings("client_ids"),
            local_issuer=table.get_matching("local_issuer", _URL, form=_URL_FORM),
        )
        for table in top.get_tables("oidc_providers", ("url", "client_ids", "local_issuer"))
    ]
    saml_providers = [
        DeclaredSamlProvider(
            table=table,
            name=table.require("name"),
            metadata=read_content(table, "metadata").decode("utf-8", "replace"),
        )
        for table in top.get_tables("saml_providers", ("name", "metadata"))
    ]
    pools = [_read_pool(table) for table in top.get_tables("identity_pools", _POOL_KEYS)]
    _check_ids(pools)
    for pool in pools:
        _check_references(pool, "oidc_providers", "url", {each.url for each in providers})
        _check_references(pool, "saml_providers", "name", {each.name for each in saml_providers})
    return Configuration(
        pools=pools,
        oidc_providers=providers,
        saml_providers=saml_providers,
        tables=[_read_table(table) for table in top.get_tables("tables", _TABLE_KEYS)],
        buckets=[_read_bucket(table) for table in top.get_tables("buckets", ("name", "objects"))],
    )


def _read_pool(table: Table) -> DeclaredPool:
    settings = {
        "SupportedLoginProviders": table.get_string_map("social_providers"),
        "IdentityPoolTags": table.get_string_map("tags"),
        "DeveloperProviderName": table.get("developer_provider", str),
        "AllowClassicFlow": table.get("basic_flow", bool),
    }
    pool = DeclaredPool(
        table=table,
        id=table.require("id", _POOL_ID, form=_POOL_ID_FORM),
        name=table.require("name"),
        guests=read_statements(table, "guests"),
        signed_in=read_statements(table, "signed_in"),
        users=_read_users(table),
        user_pool_id=table.get_matching("user_pool_id", _USER_POOL_ID, form=_USER_POOL_ID_FORM),
        client_id=table.get_matching("client_id", _CLIENT_ID, form=_CLIENT_ID_FORM),
        oidc_providers=table.get_strings("oidc_providers"),
        saml_providers=table.get_strings("saml_providers"),
        roles=read_roles(table),
        role_mappings=read_role_mappings(table),
        principal_tags=read_principal_tags(table),
        settings={name: value for name, value in settings.items() if value not in (None, {})},
    )
    if pool.guests is None and pool.signed_in is None:
        raise table.error(
            None,
            "allows no identities",
            hint="Add guests, signed_in or both: an array of policy statements, or [].",
        )
    for name in _PROVIDER_KEYS if pool.signed_in is None else ():
        if name in table.values:
            raise table.error(
                name,
                "needs the permissions of signed-in users",
                hint="Add signed_in to the identity pool: an array of policy statements, or [].",
            )
    for name in ("user_pool_id", "client_id") if pool.users is None else ():
        if name in table.values:
            raise table.error(
                name, "needs users", hint="Add users to the identity pool, for example users = []."
            )
    return pool


def _read_users(table: Table) -> Sequence[DeclaredUser] | None:
    if "users" not in table.values:
        return None
    return [
        DeclaredUser(
            table=user,
            name=user.require("name"),
            password=user.require("password"),
            attributes=_read_attributes(user),
            groups=read_groups(table, user),
        )
        for user in table.get_tables("users", ("name", "password", "attributes", "groups"))
    ]


def _read_attributes(user: Table) -> Mapping[str, str]:
    attributes = user.get_table("attributes")
    for name in attributes.values:
        if problem := find_attribute_problem(name):
            raise attributes.error(name, problem, hint="Correct the name of the attribute.")
    return user.get_string_map("attributes")


def _read_table(table: Table) -> DeclaredTable:
    return DeclaredTable(
        table=table,
        name=table.require("name"),
        key=table.require("key"),
        sort_key=table.get_matching("sort_key", r"(?s).+", form="not be empty"),
        items=[_read_item(item) for item in table.get_tables("items")],
    )


def _read_item(item: Table) -> Mapping[str, Any]:
    """Return an item with decimals in place of floats, which boto3 does not accept."""
    for name in item.values:
        if not _is_item_value(item.values[name]):
            raise item.error(
                name,
                "must be a string, a number, a boolean, an array or a table",
                hint="Write dates, times, inf and nan as strings.",
            )
    return cast("Mapping[str, Any]", _to_decimals(item.values))


def _is_item_value(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_item_value, cast("dict[str, Any]", value).values()))
    if isinstance(value, list):
        return all(map(_is_item_value, value))  # pyright: ignore[reportUnknownArgumentType]
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return is_number or isinstance(value, str)


def _to_decimals(value: Any) -> Any:
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: _to_decimals(item) for key, item in items}
    if isinstance(value, list):
        return [_to_decimals(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return Decimal(repr(value)) if isinstance(value, float) else value


def _read_bucket(table: Table) -> DeclaredBucket:
    objects = table.get_table("objects")
    return DeclaredBucket(
        table=table,
        name=table.require("name", BUCKET_NAME, form=BUCKET_NAME_FORM),
        objects={key: read_content(objects, key) for key in objects.values},
    )


def _check_ids(pools: Sequence[DeclaredPool]) -> None:
    seen: set[str] = set()
    for pool in pools:
        if pool.id in seen:
            raise pool.table.error(
                "id", "is the ID of another pool", hint="Pass a different ID for each pool."
            )
        seen.add(pool.id)


def _check_references(pool: DeclaredPool, key: str, member: str, declared: set[str]) -> None:
    """Check that the file declares the login providers of a pool."""
    for position, name in enumerate(pool.table.get_strings(key)):
        if name not in declared:
            raise pool.table.source.error(
                (*pool.table.key, key, position),
                f"is {format_value(name)}, which is not the {member} of one of the {key} of this file",
                hint=f"Declare the provider: [[{key}]] with the {member}.",
            )
