"""Role sessions: evaluation of trust policies, and the data of sessions that access control needs.

moto stores roles and generates access keys. This module stores the other data of a session:
claims, tags, session policies, and the expiration on the emulator's clock.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cognito_credentials.emulator.clock import EmulatorClock, find_expiration
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.open_id_tokens import TAGS_CLAIM
from cognito_credentials.emulator.identity.ports import RoleSession
from cognito_credentials.emulator.moto.iam import IamRole, MotoIam
from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.moto.session_keys import generate_session_keys
from cognito_credentials.emulator.policy.evaluation import (
    AuthorizationRequest,
    PolicyDecision,
    PolicyDocument,
    PrincipalNames,
    evaluate,
)
from cognito_credentials.emulator.policy.explanations import explain_denial
from cognito_credentials.emulator.policy.patterns import Context
from cognito_credentials.emulator.policy.session_tag_limits import (
    MAX_TAGS,
    find_tag_constraints,
    packed_percentage,
)
from cognito_credentials.emulator.quoting import quote

_ALL_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedSession(RoleSession):
    """A role session, with the data that access control needs.

    Attributes:
        role_arn: The ARN of the role.
        role_id: The ID of the role. A later role with the same name has a different ID.
        policies: The session policies, which restrict the permissions of the role. May be empty.
        context: The condition keys of the session.
        principals: The names of the session in policies.
        transitive_tags: The tags that are inherited in role chaining, by key.
        packed_size: The size of the session tags, in percent of the maximum. None if the session
            has no tags and no policies. The size of policies is not counted.
    """

    role_arn: str
    role_id: str
    policies: Sequence[PolicyDocument]
    context: Context
    principals: PrincipalNames
    transitive_tags: Mapping[str, str]
    packed_size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeRoleRequest:
    """The parameters of AssumeRole or AssumeRoleWithWebIdentity.

    Attributes:
        action: The permission that the trust policy must grant.
        role_arn: The ARN of the role.
        session_name: The name of the session.
        duration: The lifetime of the session, in seconds.
        session_policies: The session policies.
        tags: The session tags.
        transitive_tags: The keys of the tags that are inherited in role chaining.
        principals: The names of the caller, as the trust policy sees them.
        context: The condition keys of the request, which the session retains.
        caller_context: The condition keys of the caller, which only the trust policy sees.
        caller_arn: The ARN of the caller. None for a web identity.
    """

    action: str
    role_arn: str
    session_name: str
    duration: float
    session_policies: Sequence[PolicyDocument]
    tags: Mapping[str, str]
    principals: PrincipalNames
    context: Context
    caller_context: Context = field(default_factory=dict[str, Sequence[str]])
    caller_arn: str | None = None
    transitive_tags: frozenset[str] = frozenset()


class MotoRoleSessions:
    """Role sessions in moto. Thread-safe."""

    def __init__(self, *, moto: MotoServices, clock: EmulatorClock) -> None:
        self._moto = moto
        self._iam = MotoIam(moto)
        self._clock = clock
        self._sessions: dict[str, IssuedSession] = {}
        self._lock = threading.Lock()

    def find(self, access_key_id: str) -> IssuedSession | None:
        """Return the session with this access key, expired or not."""
        session = self._sessions.get(access_key_id)
        if session is not None:
            self._register(session)
        return session

    def assume_with_open_id_token(
        self,
        *,
        role_arn: str,
        claims: Mapping[str, Any],
        session_name: str,
        duration: float,
        session_policies: Sequence[Mapping[str, Any]] = (),
    ) -> IssuedSession:
        """Open a session for the claims of an OpenID token. See `RoleSessions`."""
        provider = str(claims["iss"]).removeprefix("https://")
        return self.assume(
            AssumeRoleRequest(
                action="sts:AssumeRoleWithWebIdentity",
                role_arn=role_arn,
                session_name=session_name,
                duration=duration,
                session_policies=session_policies,
                tags=_read_principal_tags(claims),
                principals={"Federated": frozenset((provider,))},
                context={
                    f"{provider}:aud": [str(claims["aud"])],
                    f"{provider}:sub": [str(claims["sub"])],
                    f"{provider}:amr": [str(entry) for entry in claims.get("amr", ())],
                    "aws:federatedprovider": [provider],
                },
            )
        )

    def assume(self, request: AssumeRoleRequest) -> IssuedSession:
        """Open a session.

        Raises:
            AwsError: If the role does not exist or does not trust the caller (`AccessDenied`), the
                duration exceeds the role's `MaxSessionDuration` (`ValidationError`), or the tags
                are too large (`PackedPolicyTooLarge`).
        """
        role = self._iam.find_role(request.role_arn)
        if role is None:
            reason = f"The account has no role with the ARN {quote(request.role_arn)}."
            raise _not_trusted(request).with_explanation(reason)
        denied = _find_denied_actions(role, request, self._clock.now())
        if denied:
            policy = {f"trust policy of the role '{role.arn}'": role.trust_policy}
            sentences = (explain_denial(policy, each) for each in denied)
            raise _not_trusted(request).with_explanation(*itertools.chain(*sentences))
        if request.duration > role.max_session_duration:
            text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            raise AwsError("ValidationError", text).with_explanation(
                f"The MaxSessionDuration of the role {quote(role.arn)} is"
                f" {role.max_session_duration} seconds, and the request is for"
                f" {request.duration:g} seconds."
            )
        percentage = packed_percentage(request.tags)
        if percentage > _ALL_PERCENT:
            text = f"Packed size of session tags consumes {percentage}% of allotted space."
            raise AwsError("PackedPolicyTooLarge", text)
        session = self._open(role, request)
        with self._lock:
            self._sessions[session.access_key_id] = session
        return session

    def _register(self, session: IssuedSession) -> None:
        """Add a session to moto's IAM on its first use, because moto records the last use of roles.

        Sessions are not added earlier, because most sessions in sign-in tests are never used, and
        moto's copy of the keys takes more time and memory than all other data of a session.
        """
        iam = self._moto.backend("iam")
        with self._lock:
            if session.access_key_id not in iam.access_keys:
                key = iam.create_temp_access_key()
                del iam.access_keys[key.access_key_id]
                key.access_key_id = session.access_key_id
                key.secret_access_key = session.secret_access_key
                key.role_arn = session.role_arn
                iam.access_keys[session.access_key_id] = key

    def _open(self, role: IamRole, request: AssumeRoleRequest) -> IssuedSession:
        moto, session_name = self._moto, request.session_name
        account = moto.account_id
        root = f"arn:{moto.partition}:iam::{account}:root"
        role_name = role.arn.rpartition("/")[2]
        assumed_role = (
            f"arn:{moto.partition}:sts::{account}:assumed-role/{role_name}/{session_name}"
        )
        user_id = f"{role.id}:{session_name}"
        return IssuedSession(
            **generate_session_keys(account)._asdict(),
            expiration=find_expiration(self._clock, request.duration),
            assumed_role_arn=assumed_role,
            assumed_role_id=user_id,
            role_arn=role.arn,
            role_id=role.id,
            policies=tuple(request.session_policies),
            context={
                **request.context,
                **_make_tag_context("aws:principaltag", {**role.tags, **request.tags}),
                "aws:userid": [user_id],
                "aws:principalarn": [role.arn],
                "aws:principalaccount": [account],
                "aws:principaltype": ["AssumedRole"],
            },
            principals={
                **request.principals,
                "AWS": frozenset((account, root, role.arn, assumed_role)),
            },
            transitive_tags={key: request.tags[key] for key in request.transitive_tags},
            packed_size=(
                packed_percentage(request.tags)
                if request.tags or request.session_policies
                else None
            ),
        )


def _not_trusted(request: AssumeRoleRequest) -> AwsError:
    text = f"Not authorized to perform {request.action}"
    if request.caller_arn is not None:
        text = (
            f"User: {request.caller_arn} is not authorized to perform: {request.action} on"
            f" resource: {request.role_arn}"
        )
    return AwsError("AccessDenied", text, 403)


def _find_denied_actions(
    role: IamRole, request: AssumeRoleRequest, now: float
) -> Sequence[AuthorizationRequest]:
    """Return the actions that the trust policy does not allow."""
    context: dict[str, Sequence[str]] = {
        "aws:currenttime": [datetime.fromtimestamp(now, UTC).isoformat()],
        "aws:epochtime": [str(int(now))],
        "aws:securetransport": ["true"],
        **_make_tag_context("aws:resourcetag", role.tags),
        **request.caller_context,
        **request.context,
        **_make_tag_context("aws:requesttag", request.tags),
        "sts:rolesessionname": [request.session_name],
    }
    actions = [request.action]
    if request.tags:
        actions.append("sts:TagSession")
        context["aws:tagkeys"] = list(request.tags)
    needed = [AuthorizationRequest(action, None, context, request.principals) for action in actions]
    return [
        each for each in needed if evaluate([role.trust_policy], each) is not PolicyDecision.ALLOWED
    ]


def _read_principal_tags(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return the session tags in the claims of a token.

    Raises:
        AwsError: If a tag exceeds a limit of STS, or a key occurs twice. The message was not
            observed in AWS.
    """
    principal_tags = claims.get(TAGS_CLAIM, {}).get("principal_tags", {})
    tags = {str(key): str(values[0]) for key, values in principal_tags.items() if values}
    for texts in tags.items():
        for member, text in zip(("key", "value"), texts, strict=True):
            for constraint in find_tag_constraints(member, text):
                raise AwsError(
                    "InvalidIdentityToken", f"The {member} of a session tag must {constraint}"
                )
    if len({key.lower() for key in tags}) != len(tags):
        raise AwsError("InvalidIdentityToken", "The keys of session tags are case-insensitive")
    if len(tags) > MAX_TAGS:
        raise AwsError("InvalidIdentityToken", f"A session must not have more than {MAX_TAGS} tags")
    return tags


def _make_tag_context(key: str, tags: Mapping[str, str]) -> dict[str, Sequence[str]]:
    return {f"{key}/{name.lower()}": [value] for name, value in tags.items()}
