"""The users who can sign in, and their claims."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

MAX_NAME_LENGTH = 100
MAX_SHOWN_USERS = 8
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# A percent sign is encoded, so that two names never have the same subject.
_SUBJECT_CHARACTERS = string.printable.replace("%", "")


class Users:
    """The users whom a test has added, and the users who signed in most recently. Not thread-safe."""

    def __init__(self) -> None:
        self._claims: dict[str, Mapping[str, Any]] = {}
        self._recent: dict[str, None] = {}

    def add(self, name: str, claims: Mapping[str, Any]) -> None:
        """Set the additional claims of a user, who is then listed on the sign-in page."""
        self._claims[name] = dict(claims)

    def record_sign_in(self, name: str) -> None:
        """Make a user the first user on the sign-in page."""
        self._recent.pop(name, None)
        self._recent[name] = None
        if len(self._recent) > MAX_SHOWN_USERS:
            del self._recent[next(iter(self._recent))]

    def list_names(self) -> list[str]:
        """Return the users for the sign-in page: users who have signed in, and then added users."""
        names = dict.fromkeys((*reversed(self._recent), *self._claims))
        return list(names)[:MAX_SHOWN_USERS]

    def make_claims(self, name: str, scopes: Iterable[str]) -> dict[str, Any]:
        """Return a user's claims: the claims of the scopes, and the claims that a test has added."""
        claims: dict[str, Any] = {"sub": make_subject(name)}
        if "email" in scopes:
            claims |= {"email": _make_email(name), "email_verified": True}
        if "profile" in scopes:
            claims |= {"name": name, "preferred_username": name}
        return claims | dict(self._claims.get(name, {}))


def normalize_name(text: str) -> str | None:
    """Return a user name without surrounding spaces, or None if it is invalid."""
    name = text.strip()
    return name if 0 < len(name) <= MAX_NAME_LENGTH and name.isprintable() else None


def make_subject(name: str) -> str:
    """Return the subject of a user: the name, percent-encoded, because a subject must be ASCII."""
    return quote(name, safe=_SUBJECT_CHARACTERS, errors="replace")


def _make_email(name: str) -> str:
    if _EMAIL.fullmatch(name):
        return name
    return (
        f"{re.sub(r'[^A-Za-z0-9%+_-]+', '.', make_subject(name)).strip('.') or 'user'}@example.com"
    )
