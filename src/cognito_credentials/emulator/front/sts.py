"""The STS operations AssumeRoleWithWebIdentity, AssumeRole and GetCallerIdentity.

The emulator implements these operations itself, because moto's STS does not check tokens, trust
policies and durations, and ignores session policies. Checks and messages follow the STS API
reference.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol
from xml.sax.saxutils import escape

from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front.principals import Principal
from cognito_credentials.emulator.front.session_tags import (
    find_tag_violations,
    read_session_tags,
    validation_error,
)
from cognito_credentials.emulator.identity.errors import TokenExpiredError, WrongIssuerError
from cognito_credentials.emulator.identity.ports import RoleSession
from cognito_credentials.emulator.messages import RawResponse, ServiceRequest, WireProtocol
from cognito_credentials.emulator.moto.iam import MotoIam
from cognito_credentials.emulator.moto.role_sessions import (
    AssumeRoleRequest,
    IssuedSession,
    MotoRoleSessions,
)
from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.policy.documents import PolicyKind, check_policy
from cognito_credentials.emulator.policy.evaluation import PolicyDocument

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_DEFAULT_DURATION_SECONDS = 3600
_MIN_DURATION_SECONDS = 900
_MAX_DURATION_SECONDS = 43200
_MAX_CHAINED_DURATION_SECONDS = 3600
_SESSION_NAME = re.compile(r"[\w+=,.@-]*")
_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::[0-9]{12}:role/\S+", re.ASCII)
_URL = re.compile(r"https?://[^\s/]+\S*")
_POLICY_ARN = re.compile(r"PolicyArns\.member\.\d+\.arn")
# The minimum and maximum length of each parameter (STS API reference).
_LENGTHS = {
    "RoleArn": (20, 2048),
    "RoleSessionName": (2, 64),
    "WebIdentityToken": (4, 20000),
    "Policy": (1, 2048),
}

Parameters = Mapping[str, str]


class OpenIdTokenVerifier(Protocol):
    """Verifies OpenID tokens of identity pools; `OpenIdTokens` implements this protocol."""

    def verify(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token.

        Raises:
            AwsError: If the token is invalid.
        """
        ...


class StsService:
    """AssumeRoleWithWebIdentity, AssumeRole and GetCallerIdentity. Thread-safe."""

    def __init__(
        self,
        *,
        moto: MotoServices,
        sessions: MotoRoleSessions,
        open_id_tokens: OpenIdTokenVerifier,
    ) -> None:
        self._account_id = moto.account_id
        self._iam = MotoIam(moto)
        self._sessions = sessions
        self._open_id_tokens = open_id_tokens
        self._operations: dict[str, Callable[[Parameters, Principal], RawResponse]] = {
            "AssumeRole": self._assume_role,
            "AssumeRoleWithSAML": _reject_saml,
            "AssumeRoleWithWebIdentity": self._assume_role_with_web_identity,
            "GetCallerIdentity": self._get_caller_identity,
        }

    def implements(self, operation: str) -> bool:
        """Return True if this class implements an operation, and False if moto implements it."""
        return operation in self._operations

    def handle(self, request: ServiceRequest, principal: Principal) -> RawResponse:
        """Return the response to a request for an operation that this class implements.

        Raises:
            AwsError: If the request is rejected.
        """
        # STS accepts parameters only as a form, so parameters of other protocols are ignored.
        is_query = request.protocol is WireProtocol.QUERY
        parameters: Parameters = request.parameters if is_query else {}
        return self._operations[request.operation](parameters, principal)

    def _assume_role_with_web_identity(self, parameters: Parameters, _: Principal) -> RawResponse:
        _validate(parameters, "RoleArn", "RoleSessionName", "WebIdentityToken")
        if parameters.get("ProviderId"):
            raise _invalid_identity_token("Issuer must be a valid URL")
        claims = self._verify_token(parameters["WebIdentityToken"])
        session = self._sessions.assume_with_open_id_token(
            role_arn=parameters["RoleArn"],
            claims=claims,
            session_name=parameters["RoleSessionName"],
            duration=_read_duration(parameters),
            session_policies=self._read_session_policies(parameters),
        )
        return _write_result(
            "AssumeRoleWithWebIdentity",
            _write_credentials(session),
            f"<SubjectFromWebIdentityToken>{escape(str(claims['sub']))}"
            "</SubjectFromWebIdentityToken>",
            _write_assumed_role_user(session),
            f"<Provider>{str(claims['iss']).removeprefix('https://')}</Provider>",
            f"<Audience>{escape(str(claims['aud']))}</Audience>",
            _write_packed_size(session),
        )

    def _verify_token(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token, with the error messages of STS."""
        try:
            return self._open_id_tokens.verify(token)
        except TokenExpiredError as error:
            text = (
                f"Token expired: current date/time {error.now} must be before the expiration"
                f" date/time {error.expires_at}"
            )
            expired = AwsError("ExpiredTokenException", text)
            raise expired.with_explanation(*error.explanation) from None
        except WrongIssuerError as error:
            text = "Issuer must be a valid URL"
            if _URL.fullmatch(error.issuer):
                text = f"No OpenIDConnect provider found in your account for {error.issuer}"
            raise _invalid_identity_token(text).with_explanation(*error.explanation) from None
        except AwsError as error:
            invalid = _invalid_identity_token(_to_sts_message(error.message))
            raise invalid.with_explanation(*error.explanation) from None

    def _assume_role(self, parameters: Parameters, principal: Principal) -> RawResponse:
        _validate(parameters, "RoleArn", "RoleSessionName")
        tags = read_session_tags(parameters, principal.transitive_tags)
        external_id = parameters.get("ExternalId")
        duration = _read_duration(parameters)
        is_chained = principal.context.get("aws:principaltype") == ["AssumedRole"]
        if is_chained and duration > _MAX_CHAINED_DURATION_SECONDS:
            text = (
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed"
                " by role chaining"
            )
            raise AwsError("ValidationError", text)
        session = self._sessions.assume(
            AssumeRoleRequest(
                action="sts:AssumeRole",
                role_arn=parameters["RoleArn"],
                session_name=parameters["RoleSessionName"],
                duration=duration,
                session_policies=self._read_session_policies(parameters),
                tags=tags.values,
                transitive_tags=tags.transitive,
                principals=principal.names,
                caller_arn=principal.arn,
                caller_context=principal.context,
                context={} if external_id is None else {"sts:externalid": [external_id]},
            )
        )
        return _write_result(
            "AssumeRole",
            _write_credentials(session),
            _write_assumed_role_user(session),
            _write_packed_size(session),
        )

    def _get_caller_identity(self, _: Parameters, principal: Principal) -> RawResponse:
        return _write_result(
            "GetCallerIdentity",
            f"<Arn>{escape(principal.arn)}</Arn><UserId>{escape(principal.user_id)}</UserId>"
            f"<Account>{self._account_id}</Account>",
        )

    def _read_session_policies(self, parameters: Parameters) -> Sequence[PolicyDocument]:
        documents: list[PolicyDocument] = []
        if parameters.get("Policy"):
            documents.append(check_policy(parameters["Policy"], PolicyKind.IDENTITY))
        for name, arn in parameters.items():
            if _POLICY_ARN.fullmatch(name):
                document = self._iam.find_managed_policy(arn)
                if document is None:
                    text = f"The managed policy {arn} does not exist or is not attachable"
                    raise AwsError("MalformedPolicyDocument", text)
                documents.append(document)
        return documents


def _reject_saml(_: Parameters, __: Principal) -> NoReturn:
    raise AwsError("InvalidIdentityToken", "The emulator does not support AssumeRoleWithSAML.")


def _read_duration(parameters: Parameters) -> int:
    return int(parameters.get("DurationSeconds", _DEFAULT_DURATION_SECONDS))


def _validate(parameters: Parameters, *required: str) -> None:
    """Check the constraints of all parameters.

    Raises:
        AwsError: If a constraint is violated. The error names all violated constraints.
    """
    violations: list[str] = []

    def add(name: str, constraint: str) -> None:
        value = f"'{parameters[name]}'" if name in parameters else "null"
        path = name[0].lower() + name[1:]
        violations.append(
            f"Value {'***' if name == 'WebIdentityToken' else value} at '{path}' failed to"
            f" satisfy constraint: Member must {constraint}"
        )

    for name in (*required, "Policy"):
        value = parameters.get(name)
        if value is None:
            if name in required:
                add(name, "not be null")
            continue
        minimum, maximum = _LENGTHS[name]
        if len(value) < minimum:
            add(name, f"have length greater than or equal to {minimum}")
        if len(value) > maximum:
            add(name, f"have length less than or equal to {maximum}")
    if not _SESSION_NAME.fullmatch(parameters.get("RoleSessionName", "")):
        add("RoleSessionName", r"satisfy regular expression pattern: [\w+=,.@-]*")
    duration = parameters.get("DurationSeconds", str(_DEFAULT_DURATION_SECONDS))
    if not duration.isdecimal() or int(duration) < _MIN_DURATION_SECONDS:
        add("DurationSeconds", f"have value greater than or equal to {_MIN_DURATION_SECONDS}")
    elif int(duration) > _MAX_DURATION_SECONDS:
        add("DurationSeconds", f"have value less than or equal to {_MAX_DURATION_SECONDS}")
    violations += find_tag_violations(parameters)
    if violations:
        raise validation_error(violations)
    if not _ROLE_ARN.fullmatch(parameters["RoleArn"]):
        raise AwsError("ValidationError", f"{parameters['RoleArn']} is invalid")


def _invalid_identity_token(message: str) -> AwsError:
    return AwsError("InvalidIdentityToken", message)


def _to_sts_message(message: str) -> str:
    """Return the message of STS for a token error of Amazon Cognito Identity."""
    reason = message.removeprefix("Invalid login token. ")
    if reason.startswith("Missing a required claim"):
        return reason.rstrip(".")
    if "OpenId Connect" in reason:
        return (
            "The ID Token provided is not a valid JWT."
            " (You may see this error if you sent an Access Token)"
        )
    return reason


def _write_credentials(session: RoleSession) -> str:
    expiration = iso_timestamp(session.expiration)
    return (
        f"<Credentials><AccessKeyId>{session.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{escape(session.secret_access_key)}</SecretAccessKey>"
        f"<SessionToken>{escape(session.session_token)}</SessionToken>"
        f"<Expiration>{expiration}</Expiration></Credentials>"
    )


def _write_assumed_role_user(session: RoleSession) -> str:
    return (
        f"<AssumedRoleUser><AssumedRoleId>{escape(session.assumed_role_id)}</AssumedRoleId>"
        f"<Arn>{escape(session.assumed_role_arn)}</Arn></AssumedRoleUser>"
    )


def _write_packed_size(session: IssuedSession) -> str:
    size = session.packed_size
    return "" if size is None else f"<PackedPolicySize>{size}</PackedPolicySize>"


def _write_result(operation: str, *members: str) -> RawResponse:
    request_id = str(uuid.uuid4())
    body = (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{"".join(members)}'
        f"</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId>"
        f"</ResponseMetadata></{operation}Response>"
    )
    headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]
    return RawResponse(200, headers, body.encode())
