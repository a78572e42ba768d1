"""Sequences of calls to Amazon Cognito Identity, which several emulators run.

A parameter of a step may be a `Ref`, which stands for a value that differs between the emulators: a
result of an earlier step, or an ID of an account.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from service_texts import USER_POOL, make_token

if TYPE_CHECKING:
    from collections.abc import Iterator

DEVELOPER = "login.example.app"
FACEBOOK_APP = "facebook-app"
UNKNOWN_POOL = "us-east-1:11111111-2222-3333-4444-555555555555"
UNKNOWN_IDENTITY = "us-east-1:99999999-8888-7777-6666-555555555555"
CALLER_IDENTITY = "sts:GetCallerIdentity"

PUBLIC = {"GetId", "GetCredentialsForIdentity", "GetOpenIdToken", "UnlinkIdentity"}

# The tokens of a user pool, with the key `k1`. The names describe the tokens in printed sequences.
USERS = ("ann", "ben")
INVALID_TOKENS = (
    *("expired", "expired for 2 minutes", "access token", "other client", "other issuer"),
    *("forged", "not a token"),
)
FACEBOOK_USERS = {"facebook ann": "ann", "facebook ben": "ben"}
UNKNOWN_FACEBOOK_TOKEN = "facebook unknown"


def make_tokens() -> dict[str, str]:
    """Return the login tokens by name."""
    now = int(time.time())
    return {
        **{name: make_token(subject=name, exp=now + 86_400) for name in USERS},
        "expired": make_token(subject="ann", exp=now - 3600),
        "expired for 2 minutes": make_token(subject="ann", exp=now - 120),
        "access token": make_token(subject="ann", exp=now + 86_400, without=["aud"]),
        "other client": make_token(subject="ann", audience="x", exp=now + 86_400),
        "other issuer": make_token(f"{USER_POOL}X", subject="ann", exp=now + 86_400),
        "forged": make_token(subject="ann", key="k2", exp=now + 86_400),
        "not a token": "x",
        **{name: name.replace(" ", "-") for name in (*FACEBOOK_USERS, UNKNOWN_FACEBOOK_TOKEN)},
    }


class Ref(NamedTuple):
    """A value that differs between the emulators.

    Attributes:
        kind: `pool`, `pool ARN`, `identity`, `own token`, `next token` or `credentials` for a value from
            the response to an earlier step; `role` or `token` for a value with a name.
        source: The number of the earlier step, or the name.
    """

    kind: str
    source: Any

    def __repr__(self) -> str:
        return f"<{self.kind} {self.source}>"


@dataclass(frozen=True, repr=False)
class Step:
    """One call.

    Attributes:
        operation: The name of the operation.
        parameters: The parameters of the call.
        is_malformed: Whether a parameter violates a constraint of AWS's service model.
        is_signed: Whether the request is signed; requests for public operations never are.
    """

    operation: str
    parameters: dict[str, Any]
    is_malformed: bool = False
    is_signed: bool = True

    def __repr__(self) -> str:
        notes = " (unsigned)" * (not self.is_signed) + " (malformed)" * self.is_malformed
        return f"{self.operation} {self.parameters}{notes}"

    @property
    def refs(self) -> list[Ref]:
        return list(_find_refs(self.parameters))


Sequence = tuple[Step, ...]


def _find_refs(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _find_refs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _find_refs(item)


def pools_of(sequence: Sequence, step: Step) -> set[int]:
    """Return the pools that a step uses, by the number of the step that created the pool."""
    found: set[int] = set()
    for kind, source in step.refs:
        if kind in {"pool", "pool ARN"}:
            found.add(source)
        elif isinstance(source, int):
            found |= pools_of(sequence, sequence[source])
    return found


def remove_step(sequence: Sequence, number: int) -> Sequence:
    """Return a sequence without a step, and without the steps that refer to it."""
    removed = {number}
    for later, step in enumerate(sequence):
        if any(source in removed for _, source in step.refs if isinstance(source, int)):
            removed.add(later)
    numbers = [each for each in range(len(sequence)) if each not in removed]
    renumbered = {old: new for new, old in enumerate(numbers)}
    return tuple(_renumber_step(sequence[each], renumbered) for each in numbers)


def _renumber_step(step: Step, numbers: dict[int, int]) -> Step:
    return replace(step, parameters=_renumber(step.parameters, numbers))


def _renumber(value: Any, numbers: dict[int, int]) -> Any:
    if isinstance(value, Ref):
        return value._replace(source=numbers.get(value.source, value.source))
    if isinstance(value, dict):
        return {key: _renumber(item, numbers) for key, item in value.items()}
    return [_renumber(item, numbers) for item in value] if isinstance(value, list) else value
