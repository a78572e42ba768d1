"""The declarations of a configuration file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cognito_credentials.emulator.configuration.source import TomlSource
from cognito_credentials.emulator.configuration.tables import Table

Statements = Sequence[Mapping[str, Any]]

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

_TOP_KEYS = ("identity_pools", "oidc_providers", "buckets")
_POOL_KEYS = (
    *("id", "name", "guests", "signed_in", "users", "user_pool_id", "client_id"),
    *("social_providers", "oidc_providers", "developer_provider", "basic_flow", "tags"),
)
_PROVIDER_KEYS = ("social_providers", "oidc_providers", "developer_provider", "users")
_STATEMENT_KEYS = (
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredUser:
    """A user of the user pool of an identity pool. The repr does not show the password."""

    table: Table = field(repr=False)
    name: str
    password: str = field(repr=False)
    attributes: Mapping[str, str]


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
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredOidcProvider:
    """An OIDC provider in IAM, and the local issuer that takes its place."""

    table: Table
    url: str
    client_ids: Sequence[str]
    local_issuer: str | None


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
    pools = [_read_pool(table) for table in top.get_tables("identity_pools", _POOL_KEYS)]
    _check_references(pools, providers)
    buckets = [_read_bucket(table) for table in top.get_tables("buckets", ("name", "objects"))]
    return Configuration(pools=pools, oidc_providers=providers, buckets=buckets)


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
        guests=_read_statements(table, "guests"),
        signed_in=_read_statements(table, "signed_in"),
        users=_read_users(table),
        user_pool_id=table.get_matching("user_pool_id", _USER_POOL_ID, form=_USER_POOL_ID_FORM),
        client_id=table.get_matching("client_id", _CLIENT_ID, form=_CLIENT_ID_FORM),
        oidc_providers=table.get_strings("oidc_providers"),
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


def _read_statements(table: Table, name: str) -> Statements | None:
    if name not in table.values:
        return None
    statements = table.get_tables(name, _STATEMENT_KEYS)
    return [{"Effect": "Allow", **statement.values} for statement in statements]


def _read_users(table: Table) -> Sequence[DeclaredUser] | None:
    if "users" not in table.values:
        return None
    return [
        DeclaredUser(
            table=user,
            name=user.require("name"),
            password=user.require("password"),
            attributes=user.get_string_map("attributes"),
        )
        for user in table.get_tables("users", ("name", "password", "attributes"))
    ]


def _read_bucket(table: Table) -> DeclaredBucket:
    objects = table.get_table("objects")
    return DeclaredBucket(
        table=table,
        name=table.require("name"),
        objects={key: _read_content(objects, key) for key in objects.values},
    )


def _read_content(objects: Table, key: str) -> bytes:
    """Return the content of an object: a string, or a file relative to the configuration file."""
    if isinstance(objects.values[key], str):
        text: str = objects.values[key]
        return text.encode()
    content = Table(
        objects.source,
        (*objects.key, key),
        objects.values[key],
        ("file",),
        description='a string, or a table such as { file = "levels.json" }',
    )
    path = objects.source.path.parent / content.require("file")
    try:
        return path.read_bytes()
    except OSError as error:
        raise content.error(
            "file",
            f"names {path}, which cannot be read: {error.strerror}",
            hint="Pass a path relative to the configuration file.",
        ) from None


def _check_references(
    pools: Sequence[DeclaredPool], providers: Sequence[DeclaredOidcProvider]
) -> None:
    seen: set[str] = set()
    urls = {provider.url for provider in providers}
    for pool in pools:
        if pool.id in seen:
            raise pool.table.error(
                "id", "is the ID of another pool", hint="Pass a different ID for each pool."
            )
        seen.add(pool.id)
        for url in pool.oidc_providers:
            if url not in urls:
                raise pool.table.error(
                    "oidc_providers",
                    f"contains {url}, which is not the URL of an OIDC provider in this file",
                    hint=f'Declare the provider: [[oidc_providers]] with url = "{url}".',
                )
