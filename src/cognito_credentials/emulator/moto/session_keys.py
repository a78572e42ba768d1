"""The keys of role sessions, in the formats of AWS and moto."""

from __future__ import annotations

import base64
import secrets
from typing import NamedTuple

from moto.sts.utils import random_session_token

_ID_BYTES = 10
_SECRET_BYTES = 30
# An access key ID encodes the account ID in 40 bits, between a constant bit and 39 random bits.
_RANDOM_BITS = 39
_CONSTANT = 1 << (8 * _ID_BYTES - 1)


class SessionKeys(NamedTuple):
    """The access key and the session token of a role session."""

    access_key_id: str
    secret_access_key: str
    session_token: str


def generate_session_keys(account_id: str) -> SessionKeys:
    """Return new keys for a role session in an account."""
    number = _CONSTANT | int(account_id) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return SessionKeys(
        access_key_id=f"ASIA{base64.b32encode(number.to_bytes(_ID_BYTES)).decode()}",
        secret_access_key=base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode(),
        session_token=random_session_token(),
    )
