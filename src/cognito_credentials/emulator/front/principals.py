"""Principals: the senders of requests and their policies."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cognito_credentials.emulator.policy.evaluation import PrincipalNames
from cognito_credentials.emulator.policy.explanations import NamedPolicies
from cognito_credentials.emulator.policy.patterns import Context


@dataclass(frozen=True, slots=True)
class Principal:
    """The sender of a request.

    Attributes:
        arn: The ARN.
        user_id: The user ID that GetCallerIdentity returns.
        policies: The policies of the principal. None for an administrator with all permissions.
        limits: Sets of policies that limit `policies`: an action also needs an Allow in each of
            these sets. The keys are "session policy" and "permissions boundary".
        context: The condition keys of the principal.
        transitive_tags: The session tags that are inherited in role chaining.
        names: The names that identify the principal in resource policies and trust policies.
    """

    arn: str
    user_id: str
    policies: NamedPolicies | None
    limits: Mapping[str, NamedPolicies] = field(default_factory=dict[str, NamedPolicies])
    context: Context = field(default_factory=dict[str, Sequence[str]])
    names: PrincipalNames = field(default_factory=dict[str, frozenset[str]])
    transitive_tags: Mapping[str, str] = field(default_factory=dict[str, str])


ANONYMOUS = Principal("anonymous", "", {})
"""The sender of an unsigned request."""


@dataclass(frozen=True, slots=True)
class LongTermKey:
    """An access key that does not expire. The repr does not show the secret."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


def generate_administrator_key() -> LongTermKey:
    """Return a new random access key."""
    letters = string.ascii_uppercase + "234567"
    return LongTermKey(
        "AKIA" + "".join(secrets.choice(letters) for _ in range(16)), secrets.token_urlsafe(30)
    )
