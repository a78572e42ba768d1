"""The roles, role mappings and principal tags that an identity pool declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cognito_credentials.emulator.configuration.tables import Table

Statements = Sequence[Mapping[str, Any]]

USERS = "users"
"""The key of the pool's own user pool in role mappings and principal tags."""

_STATEMENT_KEYS = (
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"),
)
_MAPPING_KEYS = ("rules", "ambiguous_role")
_RULE_KEYS = ("claim", "match", "value", "role")
_ROLE_NAME = r"[\w+=,.@-]{1,32}"
_ROLE_NAME_FORM = "consist of 1 to 32 letters, digits and characters of _+=,.@-"
_MATCHES = "Equals|NotEqual|Contains|StartsWith"
_RESOLUTIONS = "AuthenticatedRole|Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRule:
    """A rule of a role mapping; `role` is the name of a declared role."""

    claim: str
    match: str
    value: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredMapping:
    """The role mapping of a login provider.

    Attributes:
        table: The table that declares the mapping.
        provider: The login provider name in the declaration of the pool, or `USERS`.
        rules: The rules. None if the token determines the role.
        ambiguous_role: What happens if neither a rule nor the token determines the role:
            `AuthenticatedRole` or `Deny`.
    """

    table: Table
    provider: str
    rules: Sequence[DeclaredRule] | None
    ambiguous_role: str


def read_statements(table: Table, name: str) -> Statements | None:
    """Return the statements of a policy, or None if there is no such key."""
    if name not in table.values:
        return None
    statements = table.get_tables(name, _STATEMENT_KEYS)
    return [{"Effect": "Allow", **statement.values} for statement in statements]


def read_roles(pool: Table) -> Mapping[str, Statements]:
    """Return the permissions of the roles for role mappings and groups, by name."""
    roles = pool.get_table("roles")
    for name in roles.values:
        roles.check_form(name, name, _ROLE_NAME, _ROLE_NAME_FORM, hint="Rename the role.")
    return {name: read_statements(roles, name) or [] for name in roles.values}


def read_groups(pool: Table, user: Table) -> Sequence[str]:
    """Return the groups of a user. The role of a group has the same name as the group."""
    groups = user.get_strings("groups")
    for group in groups:
        _check_role(pool, user, "groups", group)
    return groups


def read_role_mappings(pool: Table) -> Sequence[DeclaredMapping]:
    """Return the role mappings of an identity pool."""
    mappings = pool.get_table("role_mappings")
    return [_read_mapping(pool, mappings, provider) for provider in mappings.values]


def read_principal_tags(pool: Table) -> Mapping[str, Mapping[str, str]]:
    """Return, for each provider, the claims that become session tags, by tag key."""
    tags = pool.get_table("principal_tags")
    for provider in tags.values:
        _check_provider(pool, tags, provider)
    return {provider: tags.get_string_map(provider) for provider in tags.values}


def _read_mapping(pool: Table, mappings: Table, provider: str) -> DeclaredMapping:
    _check_provider(pool, mappings, provider)
    table = mappings.get_table(provider, _MAPPING_KEYS)
    rules = table.get_tables("rules", _RULE_KEYS) if "rules" in table.values else None
    resolution = table.get_matching(
        "ambiguous_role", _RESOLUTIONS, form=f"be {_RESOLUTIONS.replace('|', ' or ')}"
    )
    return DeclaredMapping(
        table=table,
        provider=provider,
        rules=None if rules is None else [_read_rule(pool, rule) for rule in rules],
        ambiguous_role=resolution or "AuthenticatedRole",
    )


def _read_rule(pool: Table, rule: Table) -> DeclaredRule:
    role = rule.require("role")
    _check_role(pool, rule, "role", role)
    return DeclaredRule(
        claim=rule.require("claim"),
        match=rule.get_matching("match", _MATCHES, form=f"be one of {_MATCHES.replace('|', ', ')}")
        or "Equals",
        value=rule.require("value"),
        role=role,
    )


def _check_role(pool: Table, table: Table, key: str, role: str) -> None:
    if role not in pool.get_table("roles").values:
        raise table.error(
            key,
            f"names {role!r}, which is not one of the roles of the identity pool",
            hint=f"Add the role to the identity pool, for example roles.{role} = [].",
        )


def _check_provider(pool: Table, table: Table, provider: str) -> None:
    known = [*_list_providers(pool)]
    if provider not in known:
        raise table.error(
            provider,
            "is not a login provider of the identity pool",
            hint=f"The login providers are: {', '.join(known) or 'none'}.",
        )


def _list_providers(pool: Table) -> Iterable[str]:
    if USERS in pool.values:
        yield USERS
    yield from pool.get_string_map("social_providers")
    yield from pool.get_strings("oidc_providers")
    yield from pool.get_strings("saml_providers")
