"""The basic (classic) flow: GetOpenIdToken, then AssumeRoleWithWebIdentity in AWS STS.

Unlike in the enhanced flow, the caller can choose any role that trusts the identity pool, a
duration of up to 12 hours, and session policies. The identity pool must allow the basic flow and
have no role mappings.

The token of a developer-authenticated identity was itself issued by the identity pool. The token is
therefore sent to AWS STS without a call to GetOpenIdToken, which rejects such tokens (Cognito
developer guide, developer-authenticated identities).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from cognito_credentials import _typing as t
from cognito_credentials._core import wire_cognito, wire_sts
from cognito_credentials._core.login_providers import is_identity_pool_issuer
from cognito_credentials._core.responses import (
    malformed_response,
    parse_sts_credentials,
    read_identity_id,
)
from cognito_credentials._external_text import is_credential
from cognito_credentials._immutable import Immutable
from cognito_credentials._validation import check_argument_names, check_integer, format_value
from cognito_credentials.errors import (
    ConfigurationError,
    ExpiredTokenException,
    LoginTokenExpired,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.responses import IssuedCredentials
    from cognito_credentials._core.service_client import ServiceClient

ROLE_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:role/\S+", re.ASCII)
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
POLICY_ARN = re.compile(r"arn:[\w-]+:iam::(?:\d{12}|aws):policy/\S+", re.ASCII)
MIN_DURATION_SECONDS, MAX_DURATION_SECONDS = 900, 43_200
MAX_POLICY_LENGTH = 2048
MAX_POLICY_ARNS = 10


class BasicFlow(Immutable):
    r"""Parameters of the basic flow, as in AssumeRoleWithWebIdentity.

    Instances are immutable, so providers and threads may share an instance. Instances with equal
    arguments are equal.

    Args:
        role_arn: ARN of the role to assume. The trust policy of the role must allow the identity
            pool.
        role_session_name: Session name, which appears in CloudTrail and in the ARN of the assumed
            role: 2 to 64 characters of `\w+=,.@-`. Default: the identity ID with a hyphen instead
            of the colon.
        duration_seconds: Lifetime of the credentials in seconds, 900 to 43,200. STS rejects a
            duration that is longer than the maximum session duration of the role, which is an hour
            by default.
        policy: Inline session policy, as a JSON string or as a mapping. An action is permitted only
            if both the role and the policy allow it.
        policy_arns: ARNs of managed policies that restrict the session further, at most 10.

    Raises:
        ConfigurationError: If an argument is invalid.
    """

    __module__ = "cognito_credentials"

    __slots__ = ("duration_seconds", "policy", "policy_arns", "role_arn", "role_session_name")

    role_arn: str
    role_session_name: str | None
    duration_seconds: int
    policy: str | None
    policy_arns: tuple[str, ...]

    @check_argument_names
    def __init__(
        self,
        *,
        role_arn: str,
        role_session_name: str | None = None,
        duration_seconds: int = 3600,
        policy: str | Mapping[str, t.Any] | None = None,
        policy_arns: Sequence[str] = (),
    ) -> None:
        if not _matches(ROLE_ARN, role_arn):
            raise ConfigurationError(
                f"role_arn must be the ARN of a role, not {format_value(role_arn)}",
                hint="Pass a role ARN of the form arn:aws:iam::123456789012:role/NAME.",
            )
        if role_session_name is not None and not _matches(SESSION_NAME, role_session_name):
            raise ConfigurationError(
                "role_session_name must consist of 2 to 64 letters, digits and characters of "
                f"_+=,.@-, not {format_value(role_session_name)}",
                hint="Pass a name of this form, or omit role_session_name.",
            )
        check_integer(
            "duration_seconds",
            duration_seconds,
            minimum=MIN_DURATION_SECONDS,
            maximum=MAX_DURATION_SECONDS,
            hint="Pass the duration in seconds, for example 3600 for one hour.",
        )
        self._set_attributes(
            role_arn=role_arn,
            role_session_name=role_session_name,
            duration_seconds=duration_seconds,
            policy=_encode_policy(policy),
            policy_arns=_check_policy_arns(policy_arns),
        )

    def __repr__(self) -> str:
        return f"BasicFlow(role_arn={self.role_arn!r}, duration_seconds={self.duration_seconds})"


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _encode_policy(policy: str | Mapping[str, t.Any] | None) -> str | None:
    if policy is not None and not isinstance(policy, str):
        try:
            policy = json.dumps(policy, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise ConfigurationError(
                f"policy cannot be encoded as JSON: {error}",
                hint="Pass the policy as a JSON string, or as a mapping of strings, lists and mappings.",
            ) from None
    if policy is not None and not 1 <= len(policy) <= MAX_POLICY_LENGTH:
        raise ConfigurationError(
            f"policy must have 1 to {MAX_POLICY_LENGTH} characters, not {len(policy)}",
            hint="Shorten the policy, or pass managed policies as policy_arns."
            if policy
            else "Pass an IAM policy document, or omit policy.",
        )
    return policy


def _check_policy_arns(policy_arns: Sequence[str]) -> tuple[str, ...]:
    if (
        isinstance(policy_arns, str)
        or not hasattr(policy_arns, "__len__")
        or len(policy_arns) > MAX_POLICY_ARNS
        or not all(_matches(POLICY_ARN, arn) for arn in policy_arns)
    ):
        raise ConfigurationError(
            f"policy_arns must be a sequence of at most {MAX_POLICY_ARNS} ARNs of managed policies",
            hint=f"Pass a list of at most {MAX_POLICY_ARNS} ARNs of the form "
            "arn:aws:iam::123456789012:policy/NAME.",
        )
    return tuple(policy_arns)


class BasicCredentialSource:
    """Credential source for the basic flow: GetOpenIdToken and AssumeRoleWithWebIdentity."""

    def __init__(self, cognito_url: str, sts_url: str, basic_flow: BasicFlow) -> None:
        self.cognito_url = cognito_url
        self.sts_url = sts_url
        self.basic_flow = basic_flow
        self.credential_lifetime = float(basic_flow.duration_seconds)

    def scope(self, _logins: ResolvedLogins) -> Flow[dict[str, t.Any]]:
        """Return the values that determine permissions and endpoints, serializable as JSON."""
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
        self, client: ServiceClient, identity_id: str, logins: ResolvedLogins, context: CallContext
    ) -> Flow[IssuedCredentials]:
        """Call AWS STS with the developer's token, or with a token from GetOpenIdToken."""
        token = _find_developer_token(logins)
        if token is None:
            identity_id, token = yield from self._get_open_id_token(
                client, identity_id, logins, context
            )
            return (yield from self._assume_role(client, identity_id, token, context))
        try:
            return (yield from self._assume_role(client, identity_id, token, context))
        except ExpiredTokenException as error:
            raise _login_token_expired(error, context) from error

    def _get_open_id_token(
        self, client: ServiceClient, identity_id: str, logins: ResolvedLogins, context: CallContext
    ) -> Flow[tuple[str, str]]:
        members: dict[str, t.Any] = {"IdentityId": identity_id}
        if logins.tokens:
            members["Logins"] = logins.tokens
        result = yield from client.call(
            wire_cognito, self.cognito_url, "GetOpenIdToken", members, context
        )
        identity_id = read_identity_id(result, default=identity_id)
        token = result.get("Token")
        if not isinstance(token, str) or not token:
            raise malformed_response("no token")
        if not is_credential(token):
            raise malformed_response("an invalid token")
        return identity_id, token

    def _assume_role(
        self, client: ServiceClient, identity_id: str, token: str, context: CallContext
    ) -> Flow[IssuedCredentials]:
        context.role_arn, context.other_secrets = self.basic_flow.role_arn, (token,)
        members = self._build_sts_members(identity_id, token)
        result = yield from client.call(
            wire_sts, self.sts_url, "AssumeRoleWithWebIdentity", members, context
        )
        return parse_sts_credentials(result, identity_id)

    def _build_sts_members(self, identity_id: str, token: str) -> dict[str, t.Any]:
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


def _find_developer_token(logins: ResolvedLogins) -> str | None:
    """Return the login token if the identity pool itself issued it, or None."""
    for name, token in logins.tokens.items():
        if is_identity_pool_issuer(name):
            return token
    return None


def _login_token_expired(error: ExpiredTokenException, context: CallContext) -> LoginTokenExpired:
    """Return the error that replaces the error from AWS STS for an expired login token."""
    from cognito_credentials._core.error_catalog.next_steps import replace_login_token

    return LoginTokenExpired(
        error.message,
        operation_name=error.operation_name,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
        hint=replace_login_token(context),
    )
