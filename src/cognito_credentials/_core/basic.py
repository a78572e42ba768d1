"""The basic (classic) flow: GetOpenIdToken, then AssumeRoleWithWebIdentity at STS.

The caller chooses the role, up to 12 hours, and session policies; the enhanced flow allows none of
these. The pool must allow the basic flow and have no role mappings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from cognito_credentials import _typing as t
from cognito_credentials._core import wire_cognito, wire_sts
from cognito_credentials._core.identity_sources import read_identity_id
from cognito_credentials._core.responses import parse_sts_credentials
from cognito_credentials.errors import ConfigurationError, MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.responses import Grant
    from cognito_credentials._core.service_client import ServiceClient

ROLE_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:role/\S+", re.ASCII)
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
POLICY_ARN = re.compile(r"arn:[\w-]+:iam::(?:\d{12}|aws):policy/\S+", re.ASCII)
SHORTEST_SESSION, LONGEST_SESSION = 900, 43_200
MAX_POLICY_LENGTH = 2048
MAX_POLICY_ARNS = 10


class BasicFlow:
    r"""Choose the basic flow, and what AssumeRoleWithWebIdentity is asked for.

    Args:
        role_arn: The role to assume. Its trust policy must allow this pool.
        role_session_name: Shown in CloudTrail and in the caller's ARN; 2 to 64 of `\w+=,.@-`.
            By default the identity id, its colon as a hyphen.
        duration_seconds: 900 to 43,200; the role's own maximum (an hour unless it was raised) is
            the limit at the service. By default an hour.
        policy: An inline session policy, as JSON text or as a mapping: the session may do what both
            it and the role allow.
        policy_arns: Managed policies to narrow the session with, at most 10.

    Raises:
        ConfigurationError: A value that STS would refuse, named.

    Immutable in use: one may be given to several providers.
    """

    __module__ = "cognito_credentials"

    __slots__ = ("duration_seconds", "policy", "policy_arns", "role_arn", "role_session_name")

    def __init__(
        self,
        *,
        role_arn: str,
        role_session_name: str | None = None,
        duration_seconds: int = 3600,
        policy: str | Mapping[str, t.Any] | None = None,
        policy_arns: Sequence[str] = (),
    ) -> None:
        if not _fits(ROLE_ARN, role_arn):
            raise ConfigurationError(
                f"role_arn {role_arn!r} is not the ARN of a role",
                hint="It looks like arn:aws:iam::123456789012:role/NAME.",
            )
        if role_session_name is not None and not _fits(SESSION_NAME, role_session_name):
            raise ConfigurationError(
                f"role_session_name {role_session_name!r} must be 2 to 64 of letters, digits "
                "and _+=,.@-"
            )
        # bool is an int, and 3600.0 is none on the wire.
        if type(duration_seconds) is not int:
            raise ConfigurationError("duration_seconds must be a whole number of seconds")
        if not SHORTEST_SESSION <= duration_seconds <= LONGEST_SESSION:
            raise ConfigurationError(
                f"duration_seconds is {duration_seconds}: STS takes {SHORTEST_SESSION} "
                f"(15 minutes) to {LONGEST_SESSION} (12 hours)"
            )
        if policy is not None and not isinstance(policy, str):
            try:
                policy = json.dumps(policy, separators=(",", ":"))
            except (TypeError, ValueError) as error:
                raise ConfigurationError(f"policy cannot be written as JSON: {error}") from None
        if policy is not None and not 1 <= len(policy) <= MAX_POLICY_LENGTH:
            raise ConfigurationError(
                f"policy has {len(policy)} characters: STS takes 1 to {MAX_POLICY_LENGTH}"
            )
        if (
            isinstance(policy_arns, str)
            or not hasattr(policy_arns, "__len__")
            or len(policy_arns) > MAX_POLICY_ARNS
            or not all(_fits(POLICY_ARN, arn) for arn in policy_arns)
        ):
            raise ConfigurationError(
                f"policy_arns must be a sequence of at most {MAX_POLICY_ARNS} policy ARNs"
            )
        self.role_arn = role_arn
        self.role_session_name = role_session_name
        self.duration_seconds = duration_seconds
        self.policy = policy
        self.policy_arns = tuple(policy_arns)

    def __repr__(self) -> str:
        return f"BasicFlow(role_arn={self.role_arn!r}, duration_seconds={self.duration_seconds})"


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


class BasicCredentialSource:
    """The two calls of the basic flow."""

    def __init__(self, cognito_url: str, sts_url: str, basic_flow: BasicFlow) -> None:
        self.cognito_url = cognito_url
        self.sts_url = sts_url
        self.basic_flow = basic_flow
        self.credential_lifetime = float(basic_flow.duration_seconds)

    def scope(self, _logins: ResolvedLogins) -> Flow[dict[str, t.Any]]:
        """Return what decides which role it is, what of it, and where."""
        yield from ()
        flow = self.basic_flow
        return {
            "flow": "basic",
            "urls": [self.cognito_url, self.sts_url],
            "role": flow.role_arn,
            "session": flow.role_session_name,
            "seconds": flow.duration_seconds,
            "policy": flow.policy,
            "policies": flow.policy_arns,
        }

    def fetch(
        self, client: ServiceClient, identity_id: str, logins: ResolvedLogins, facts: CallContext
    ) -> Flow[Grant]:
        members: dict[str, t.Any] = {"IdentityId": identity_id}
        if logins.tokens:
            members["Logins"] = logins.tokens
        answer = yield from client.call(
            wire_cognito, self.cognito_url, "GetOpenIdToken", members, facts
        )
        identity_id = read_identity_id(answer, default=identity_id)
        token = answer.get("Token")
        if not isinstance(token, str) or not token or not token.isascii():
            raise MalformedResponseError("Response from Amazon Cognito contained no token")
        facts.role_arn = self.basic_flow.role_arn
        answer = yield from client.call(
            wire_sts,
            self.sts_url,
            "AssumeRoleWithWebIdentity",
            self._members(identity_id, token),
            facts,
        )
        return parse_sts_credentials(answer, identity_id)

    def _members(self, identity_id: str, token: str) -> dict[str, t.Any]:
        flow = self.basic_flow
        members: dict[str, t.Any] = {
            "RoleArn": flow.role_arn,
            "RoleSessionName": flow.role_session_name or identity_id.replace(":", "-"),
            "WebIdentityToken": token,
            "DurationSeconds": flow.duration_seconds,
        }
        if flow.policy is not None:
            members["Policy"] = flow.policy
        for number, arn in enumerate(flow.policy_arns, 1):
            members[f"PolicyArns.member.{number}.arn"] = arn
        return members
