"""What a request asks for: its service, protocol and operation, from the HTTP alone.

Pure. A signed request names its service in the credential scope; the few operations that AWS
takes unsigned are told by their target, action or path; anything else unsigned is S3's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from cognito_credentials.emulator.front.errors import Protocol
from cognito_credentials.emulator.identity.wire import TARGET_PREFIX

if TYPE_CHECKING:
    from cognito_credentials.emulator.front.signatures import Signature
    from cognito_credentials.emulator.http_server import HttpRequest

_USER_POOLS = "AWSCognitoIdentityProviderService"
_REST_XML = frozenset(("cloudfront", "route53"))
# What signs as S3 and is not: moto, too, goes by how the name begins.
_NOT_S3 = ("s3tables", "s3vectors")
# A user pool's id begins with its region; no bucket can have its name.
_KEYS_OF_USER_POOL = re.compile(
    r"/([a-z0-9-]+)_\w+/\.well-known/(jwks\.json|openid-configuration)/?", re.ASCII
)

# Operations that work without a signature (developer guide, "Amazon Cognito user pools API
# authentication options"; STS API reference).
_UNSIGNED = {
    "cognito-idp": frozenset(
        """
        AssociateSoftwareToken ChangePassword ConfirmDevice ConfirmForgotPassword ConfirmSignUp
        DeleteUser DeleteUserAttributes ForgetDevice ForgotPassword GetDevice GetJsonWebKeys
        GetUser GetUserAttributeVerificationCode GlobalSignOut InitiateAuth ListDevices
        ResendConfirmationCode RespondToAuthChallenge RevokeToken SetUserMFAPreference
        SetUserSettings SignUp UpdateDeviceStatus UpdateUserAttributes VerifySoftwareToken
        VerifyUserAttribute
        """.split()  # noqa: SIM905 - a list of thirty lines tells no more
    ),
    "cognito-identity": frozenset(
        ("GetId", "GetOpenIdToken", "GetCredentialsForIdentity", "UnlinkIdentity")
    ),
    "sts": frozenset(("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")),
}


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """Hold which operation of which service a request means.

    ``operation`` is empty where only the path tells it (REST services).
    """

    service: str
    protocol: Protocol
    operation: str
    region: str | None = None

    @property
    def is_public(self) -> bool:
        """Whether AWS takes it unsigned, S3 left aside."""
        return self.operation in _UNSIGNED.get(self.service, ())


def read_call(request: HttpRequest, signature: Signature | None) -> ServiceCall:
    """Tell which service and operation ``request`` is for."""
    prefix, _, operation = request.header("X-Amz-Target").rpartition(".")
    prefix = prefix.rpartition(".")[2]
    if signature is None:
        if prefix == TARGET_PREFIX:
            return ServiceCall("cognito-identity", Protocol.JSON, operation)
        if prefix == _USER_POOLS:
            return ServiceCall("cognito-idp", Protocol.JSON, operation)
        if operation:
            return ServiceCall(prefix, Protocol.JSON, operation)
        keys = _KEYS_OF_USER_POOL.fullmatch(request.path)
        if keys is not None:
            return ServiceCall("cognito-idp", Protocol.REST_JSON, "GetJsonWebKeys", keys[1])
        action = query_parameter(request, "Action")
        if action and request.method == "POST":
            return ServiceCall("sts", Protocol.QUERY, action)
        return ServiceCall("s3", Protocol.S3, "")
    service = signature.service
    if service.startswith("s3") and service not in _NOT_S3:
        return ServiceCall("s3", Protocol.S3, "", signature.region)
    if operation:
        return ServiceCall(service, Protocol.JSON, operation, signature.region)
    if "/operation/" in request.path:  # CBOR: /service/NAME/operation/OPERATION
        operation = request.path.rpartition("/")[2]
        return ServiceCall(service, Protocol.JSON, operation, signature.region)
    action = query_parameter(request, "Action")
    if action:
        protocol = Protocol.EC2 if service == "ec2" else Protocol.QUERY
        return ServiceCall(service, protocol, action, signature.region)
    protocol = Protocol.QUERY if service in _REST_XML else Protocol.REST_JSON
    return ServiceCall(service, protocol, "", signature.region)


def query_parameters(request: HttpRequest) -> dict[str, str]:
    """Return the parameters of a query-protocol request, from its form body and its URL."""
    form = ""
    if request.header("Content-Type").lower().startswith("application/x-www-form-urlencoded"):
        form = request.body.decode("utf-8", "replace")
    merged = {**parse_qs(request.query), **parse_qs(form, keep_blank_values=True)}
    return {name: values[0] for name, values in merged.items()}


def query_parameter(request: HttpRequest, name: str) -> str:
    """Return one parameter of a query-protocol request, empty where it is absent."""
    return query_parameters(request).get(name, "")
