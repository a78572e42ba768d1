"""Role sessions on moto's IAM and STS: who may open one, and what it may do.

moto holds the roles and makes up the keys; what moto does not keep is kept here: the session's
claims, tags, session policies, and its end by the emulator's clock.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.identity.pool_tokens import TAGS_CLAIM
from cognito_credentials.emulator.identity.ports import RoleRefused, RoleSession
from cognito_credentials.emulator.policy.policies import Question, Verdict, judge

if TYPE_CHECKING:
    from moto.iam.models import Role

    from cognito_credentials.emulator.identity.ports import EmulatorClock
    from cognito_credentials.emulator.moto.services import MotoServices
    from cognito_credentials.emulator.policy.policies import Document

Context = Mapping[str, Sequence[str]]

# A role's MaxSessionDuration where its creator gave none, in seconds.
_DEFAULT_MAXIMUM = 3600


@dataclass(frozen=True, slots=True)
class IssuedSession:
    """Hold all that the emulator knows of a session it opened.

    ``expiration`` is in seconds since the epoch. ``policies`` are session policies, which the
    role's must be intersected with; empty: none were given. ``context`` and ``principals`` are
    as in ``iam_policies.Question``.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: float
    role_arn: str
    role_id: str
    arn: str
    user_id: str
    policies: Sequence[Document]
    context: Context
    principals: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Assumption:
    """Hold what one call of an AssumeRole operation asks for.

    ``action`` is the permission that it needs. ``duration`` is in seconds. ``principals`` and
    ``context`` are what the trust policy sees of the caller, as in ``iam_policies.Question``.
    """

    action: str
    role_arn: str
    session_name: str
    duration: float
    session_policies: Sequence[Document]
    tags: Mapping[str, str]
    principals: Mapping[str, frozenset[str]]
    context: Context


class MotoRoleSessions:
    """Open role sessions, and find them again by access key id. Thread-safe."""

    def __init__(self, *, moto: MotoServices, clock: EmulatorClock) -> None:
        self._moto = moto
        self._clock = clock
        self._sessions: dict[str, IssuedSession] = {}
        self._lock = threading.Lock()

    def find(self, access_key_id: str) -> IssuedSession | None:
        """Return the session with that key, ended or not."""
        return self._sessions.get(access_key_id)

    def assume_with_pool_token(
        self,
        *,
        role_arn: str,
        claims: Mapping[str, Any],
        session_name: str,
        duration: float,
        session_policies: Sequence[Mapping[str, Any]] = (),
    ) -> RoleSession:
        """Evaluate the trust policy against ``claims`` and open a session.

        Raises ``RoleRefused`` with STS's code and text: ``AccessDenied`` where the role does not
        exist or its trust policy says no, ``ValidationError`` where ``duration`` (seconds) is
        more than the role's ``MaxSessionDuration``.
        """
        provider = str(claims["iss"]).removeprefix("https://")
        issued = self.assume(
            Assumption(
                action="sts:AssumeRoleWithWebIdentity",
                role_arn=role_arn,
                session_name=session_name,
                duration=duration,
                session_policies=session_policies,
                tags=_tags(claims),
                principals={"Federated": frozenset((provider,))},
                context={
                    f"{provider}:aud": [str(claims["aud"])],
                    f"{provider}:sub": [str(claims["sub"])],
                    f"{provider}:amr": [str(entry) for entry in claims.get("amr", ())],
                    "aws:federatedprovider": [provider],
                },
            )
        )
        return RoleSession(
            access_key_id=issued.access_key_id,
            secret_access_key=issued.secret_access_key,
            session_token=issued.session_token,
            expiration=issued.expiration,
            assumed_role_arn=issued.arn,
            assumed_role_id=issued.user_id,
        )

    def assume(self, wanted: Assumption) -> IssuedSession:
        """Open a session; raises ``RoleRefused`` as ``assume_with_pool_token`` does."""
        role = self._moto.role(wanted.role_arn)
        if role is None or not _trusts(role, wanted):
            raise RoleRefused("AccessDenied", f"Not authorized to perform {wanted.action}")
        if wanted.duration > int(role.max_session_duration or _DEFAULT_MAXIMUM):
            text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            raise RoleRefused("ValidationError", text)
        issued = self._issue(role, wanted)
        with self._lock:
            self._sessions[issued.access_key_id] = issued
        return issued

    def _issue(self, role: Role, wanted: Assumption) -> IssuedSession:
        moto = self._moto
        with self._lock:
            assumed = moto.sts.assume_role(
                region_name=moto.region,
                role_session_name=wanted.session_name,
                role_arn=role.arn,
                policy="",
                duration=int(wanted.duration),
                external_id="",
            )
        account = moto.account_id
        root = f"arn:{moto.partition}:iam::{account}:root"
        user_id = f"{role.id}:{wanted.session_name}"
        role_tags = {tag["Key"]: tag["Value"] for tag in role.tags or ()}
        return IssuedSession(
            access_key_id=assumed.access_key_id,
            secret_access_key=assumed.secret_access_key,
            session_token=assumed.session_token,
            expiration=self._clock.now() + wanted.duration,
            role_arn=role.arn,
            role_id=role.id,
            arn=assumed.arn,
            user_id=user_id,
            policies=tuple(wanted.session_policies),
            context={
                **wanted.context,
                **_tag_context("aws:principaltag", {**role_tags, **wanted.tags}),
                "aws:userid": [user_id],
                "aws:principalarn": [role.arn],
                "aws:principalaccount": [account],
                "aws:principaltype": ["AssumedRole"],
            },
            principals={
                **wanted.principals,
                "AWS": frozenset((account, root, role.arn, assumed.arn)),
            },
        )


def _trusts(role: Role, wanted: Assumption) -> bool:
    document = json.loads(role.assume_role_policy_document)
    context = {
        **wanted.context,
        **_tag_context("aws:requesttag", wanted.tags),
        "sts:rolesessionname": [wanted.session_name],
    }
    actions = [wanted.action]
    if wanted.tags:
        actions.append("sts:TagSession")
        context["aws:tagkeys"] = list(wanted.tags)
    return all(
        judge([document], Question(action, None, context, wanted.principals)) is Verdict.ALLOWED
        for action in actions
    )


def _tags(claims: Mapping[str, Any]) -> dict[str, str]:
    principal_tags = claims.get(TAGS_CLAIM, {}).get("principal_tags", {})
    return {str(key): str(values[0]) for key, values in principal_tags.items() if values}


def _tag_context(key: str, tags: Mapping[str, str]) -> Context:
    return {f"{key}/{name.lower()}": [value] for name, value in tags.items()}
