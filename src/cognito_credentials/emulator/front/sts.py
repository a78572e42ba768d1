"""The operations of STS that open sessions or tell whose they are.

moto's STS checks neither tokens nor trust policies nor durations, and forgets session policies,
so the emulator answers these itself. Checks and texts follow the STS API reference.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from xml.sax.saxutils import escape

from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.emulator.front.errors import Refused
from cognito_credentials.emulator.front.role_sessions import Assumption
from cognito_credentials.emulator.http_server import HttpResponse
from cognito_credentials.emulator.identity.errors import LoginTokenExpired, ServiceFault
from cognito_credentials.emulator.identity.json_values import parsed_mapping
from cognito_credentials.emulator.identity.ports import RoleRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cognito_credentials.emulator.front.access_control import Caller
    from cognito_credentials.emulator.front.role_sessions import IssuedSession, MotoRoleSessions
    from cognito_credentials.emulator.identity.ports import RoleSession
    from cognito_credentials.emulator.moto.services import MotoServices
    from cognito_credentials.emulator.policy.policies import Document

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_STATUS = {"AccessDenied": 403}
_SHORTEST_SESSION, _LONGEST_CHAINED, _LONGEST_SESSION = 900, 3600, 43200  # seconds
_SESSION_NAME = re.compile(r"[\w+=,.@-]*")
_POLICY_ARN = re.compile(r"PolicyArns\.member\.\d+\.arn")
Parameters = Mapping[str, str]
T = TypeVar("T")


class TokenVerifier(Protocol):
    """Verify tokens of identity pools, as ``PoolTokens`` does."""

    def verify(self, token: str) -> Mapping[str, Any]:
        """Return the claims; raises ``ServiceFault``."""
        ...


class StsService:
    """Answer AssumeRoleWithWebIdentity, AssumeRole and GetCallerIdentity. Thread-safe."""

    def __init__(
        self, *, moto: MotoServices, sessions: MotoRoleSessions, pool_tokens: TokenVerifier
    ) -> None:
        self._moto = moto
        self._sessions = sessions
        self._pool_tokens = pool_tokens

    def operation(self, name: str) -> Callable[[Parameters, Caller], HttpResponse] | None:
        """Return the method that answers ``name``, None for what is moto's to answer."""
        return {
            "AssumeRole": self._assume_role,
            "AssumeRoleWithSAML": _no_saml,
            "AssumeRoleWithWebIdentity": self._assume_role_with_web_identity,
            "GetCallerIdentity": self._get_caller_identity,
        }.get(name)

    def _assume_role_with_web_identity(self, parameters: Parameters, _: Caller) -> HttpResponse:
        _check(parameters, "RoleArn", "RoleSessionName", "WebIdentityToken")
        if parameters.get("ProviderId"):
            raise _invalid_token("Issuer must be a valid URL")
        claims = self._claims(parameters["WebIdentityToken"])
        session = _refusing(
            lambda: self._sessions.assume_with_pool_token(
                role_arn=parameters["RoleArn"],
                claims=claims,
                session_name=parameters["RoleSessionName"],
                duration=int(parameters.get("DurationSeconds", 3600)),
                session_policies=self._session_policies(parameters),
            )
        )
        return _result(
            "AssumeRoleWithWebIdentity",
            _credentials(session),
            f"<SubjectFromWebIdentityToken>{escape(str(claims['sub']))}"
            "</SubjectFromWebIdentityToken>",
            _assumed_role_user(session.assumed_role_id, session.assumed_role_arn),
            f"<Provider>{str(claims['iss']).removeprefix('https://')}</Provider>",
            f"<Audience>{escape(str(claims['aud']))}</Audience>",
            "<PackedPolicySize>0</PackedPolicySize>" if "Policy" in parameters else "",
        )

    def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            return self._pool_tokens.verify(token)
        except LoginTokenExpired as expired:
            text = (
                f"Token expired: current date/time {expired.now} must be before the expiration"
                f" date/time {expired.expires}"
            )
            raise Refused("ExpiredTokenException", text, 400) from None
        except ServiceFault as fault:
            raise _invalid_token(_in_words_of_sts(fault.message)) from None

    def _assume_role(self, parameters: Parameters, caller: Caller) -> HttpResponse:
        _check(parameters, "RoleArn", "RoleSessionName")
        tags = {
            value: parameters.get(name.removesuffix(".Key") + ".Value", "")
            for name, value in parameters.items()
            if name.startswith("Tags.member.") and name.endswith(".Key")
        }
        external = parameters.get("ExternalId")
        duration = int(parameters.get("DurationSeconds", 3600))
        is_chained = caller.context.get("aws:principaltype") == ["AssumedRole"]
        if is_chained and duration > _LONGEST_CHAINED:
            text = (
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed"
                " by role chaining"
            )
            raise Refused("ValidationError", text, 400)
        session = _refusing(
            lambda: self._sessions.assume(
                Assumption(
                    action="sts:AssumeRole",
                    role_arn=parameters["RoleArn"],
                    session_name=parameters["RoleSessionName"],
                    duration=duration,
                    session_policies=self._session_policies(parameters),
                    tags=tags,
                    principals=caller.principals,
                    context={} if external is None else {"sts:externalid": [external]},
                )
            )
        )
        user = _assumed_role_user(session.user_id, session.arn)
        return _result("AssumeRole", _credentials(session), user)

    def _get_caller_identity(self, _: Parameters, caller: Caller) -> HttpResponse:
        return _result(
            "GetCallerIdentity",
            f"<Arn>{escape(caller.arn)}</Arn><UserId>{escape(caller.user_id)}</UserId>"
            f"<Account>{self._moto.account_id}</Account>",
        )

    def _session_policies(self, parameters: Parameters) -> Sequence[Document]:
        documents: list[Document] = []
        if parameters.get("Policy"):
            documents.append(_parsed_policy(parameters["Policy"]))
        for name, arn in parameters.items():
            if _POLICY_ARN.fullmatch(name):
                document = self._moto.managed_policy(arn)
                if document is None:
                    text = f"The managed policy {arn} does not exist or is not attachable"
                    raise Refused("MalformedPolicyDocument", text, 400)
                documents.append(document)
        return documents


def _no_saml(_: Parameters, __: Caller) -> HttpResponse:
    text = "The emulator does not verify SAML assertions."
    raise Refused("InvalidIdentityToken", text, 400)


def _refusing(assume: Callable[[], T]) -> T:
    try:
        return assume()
    except RoleRefused as refused:
        status = _STATUS.get(refused.code, 400)
        raise Refused(refused.code, refused.message, status) from refused


# Minimum and maximum length of each member (STS API reference).
_LENGTHS = {
    "RoleArn": (20, 2048),
    "RoleSessionName": (2, 64),
    "WebIdentityToken": (4, 20000),
    "Policy": (1, 2048),
}


def _check(parameters: Parameters, *required: str) -> None:
    """Refuse what breaks a member's constraints, all breaches in one ``ValidationError``."""
    breaches: list[str] = []

    def breach(member: str, constraint: str) -> None:
        shown = f"'{parameters[member]}'" if member in parameters else "null"
        path = member[0].lower() + member[1:]
        breaches.append(
            f"Value {'***' if member == 'WebIdentityToken' else shown} at '{path}' failed to"
            f" satisfy constraint: Member must {constraint}"
        )

    for member in (*required, "Policy"):
        value = parameters.get(member)
        if value is None:
            if member in required:
                breach(member, "not be null")
            continue
        shortest, longest = _LENGTHS[member]
        if len(value) < shortest:
            breach(member, f"have length greater than or equal to {shortest}")
        if len(value) > longest:
            breach(member, f"have length less than or equal to {longest}")
    if not _SESSION_NAME.fullmatch(parameters.get("RoleSessionName", "")):
        breach("RoleSessionName", r"satisfy regular expression pattern: [\w+=,.@-]*")
    duration = parameters.get("DurationSeconds", "3600")
    if not duration.isdecimal() or int(duration) < _SHORTEST_SESSION:
        breach("DurationSeconds", f"have value greater than or equal to {_SHORTEST_SESSION}")
    elif int(duration) > _LONGEST_SESSION:
        breach("DurationSeconds", f"have value less than or equal to {_LONGEST_SESSION}")
    if breaches:
        count = f"{len(breaches)} validation error{'s' if len(breaches) > 1 else ''} detected: "
        raise Refused("ValidationError", count + "; ".join(breaches), 400)


def _parsed_policy(text: str) -> Document:
    document = parsed_mapping(text)
    if "Statement" not in document:
        raise Refused("MalformedPolicyDocument", "This policy contains invalid Json", 400)
    return document


def _invalid_token(message: str) -> Refused:
    return Refused("InvalidIdentityToken", message, 400)


def _in_words_of_sts(message: str) -> str:
    reason = message.removeprefix("Invalid login token. ")
    if reason.startswith("Missing a required claim"):
        return reason.rstrip(".")
    if "OpenId Connect" in reason:
        return (
            "The ID Token provided is not a valid JWT."
            " (You may see this error if you sent an Access Token)"
        )
    if "Issuer" in reason:
        return "No OpenIDConnect provider found in your account for the token's issuer"
    return reason


def _credentials(session: RoleSession | IssuedSession) -> str:
    expiration = iso_timestamp(session.expiration)
    return (
        f"<Credentials><AccessKeyId>{session.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{escape(session.secret_access_key)}</SecretAccessKey>"
        f"<SessionToken>{escape(session.session_token)}</SessionToken>"
        f"<Expiration>{expiration}</Expiration></Credentials>"
    )


def _assumed_role_user(user_id: str, arn: str) -> str:
    return (
        f"<AssumedRoleUser><AssumedRoleId>{escape(user_id)}</AssumedRoleId>"
        f"<Arn>{escape(arn)}</Arn></AssumedRoleUser>"
    )


def _result(operation: str, *members: str) -> HttpResponse:
    request_id = str(uuid.uuid4())
    body = (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{"".join(members)}'
        f"</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId>"
        f"</ResponseMetadata></{operation}Response>"
    )
    headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]
    return HttpResponse(200, headers, body.encode())
