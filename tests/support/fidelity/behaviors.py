"""The behaviors of the emulator that are not error messages, by topic."""

from __future__ import annotations

from fidelity.credential_behaviors import (
    CREDENTIALS,
    LOGIN_TOKENS,
    OPEN_ID_TOKENS,
    PRINCIPAL_TAGS,
    PROTOCOL,
    ROLES,
)
from fidelity.entries import Behavior
from fidelity.identity_behaviors import DEVELOPER_IDENTITIES, IDENTITIES, POOLS

BEHAVIORS: dict[str, list[Behavior]] = {
    "Identities": IDENTITIES,
    "Developer-authenticated identities": DEVELOPER_IDENTITIES,
    "Identity pools": POOLS,
    "Login tokens": LOGIN_TOKENS,
    "Role selection": ROLES,
    "Principal tags": PRINCIPAL_TAGS,
    "OpenID tokens of identity pools": OPEN_ID_TOKENS,
    "Credentials and permissions": CREDENTIALS,
    "Protocol and quotas": PROTOCOL,
}
