"""Principal tags: claims of login tokens that become the tags of a session.

Source: developer guide, "Attributes for access control". The OpenID token of the identity pool
contains the tags, and AWS STS reads them from the token. STS checks their limits, so if a tag is
too long, the token is issued, but no role can be assumed with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cognito_credentials.emulator.identity.claim_values import to_texts
from cognito_credentials.emulator.identity.login_tokens import VerifiedLogin
from cognito_credentials.emulator.identity.open_id_tokens import TAGS_CLAIM
from cognito_credentials.emulator.identity.pools import IdentityPool


def map_principal_tags(pool: IdentityPool, logins: Sequence[VerifiedLogin]) -> dict[str, str]:
    """Return the principal tags of logins.

    If two logins have the same tag, the tag of the first login is used.

    A tag is omitted if its claim is missing, or has several values, because a session tag has one
    value.
    """
    tags: dict[str, str] = {}
    for login in reversed(logins):
        tag_map = pool.principal_tags.get(login.tag_map_key)
        for key, claim in tag_map.claims.items() if tag_map else ():
            values = to_texts(login.claims.get(claim))
            if len(values) == 1:
                tags[key] = values[0]
    return tags


def make_tags_claim(principal_tags: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the claim for session tags, in which each key has a list with one value."""
    if not principal_tags:
        return None
    return {"principal_tags": {key: [value] for key, value in principal_tags.items()}}


def read_tags_claim(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return the principal tags in the claims of an emulated OpenID token."""
    principal_tags: Mapping[str, list[str]] = claims.get(TAGS_CLAIM, {}).get("principal_tags", {})
    return {key: values[0] for key, values in principal_tags.items()}
