"""Parsing of an HTTP request into a `ServiceRequest`, which all parts of the emulator use.

This module performs no I/O. The credential scope of a signed request names the service. An unsigned
request is recognized by target, action or path if AWS accepts the operation unsigned; every other
unsigned request is treated as a request to S3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from cognito_credentials.emulator.front.normalization import is_form, normalize
from cognito_credentials.emulator.front.signatures import MalformedSignatureError, read_signature
from cognito_credentials.emulator.identity.validation import is_public_operation
from cognito_credentials.emulator.identity.wire import TARGET_PREFIX
from cognito_credentials.emulator.json_values import parse_object
from cognito_credentials.emulator.messages import (
    RawRequest,
    ServiceRequest,
    Signature,
    WireProtocol,
)

_USER_POOL_TARGET_PREFIX = "AWSCognitoIdentityProviderService"
_REST_XML_SERVICES = frozenset(("cloudfront", "route53"))
# Services whose names start with "s3", by which moto recognizes S3.
_SERVICES_NAMED_LIKE_S3 = ("s3tables", "s3vectors")
# A user pool ID starts with its region and contains an underscore, which a bucket name must not.
_USER_POOL_KEYS_PATH = re.compile(
    r"/([a-z0-9-]+)_\w+/\.well-known/(jwks\.json|openid-configuration)/?", re.ASCII
)

# Operations that work without a signature (developer guide, "Amazon Cognito user pools API
# authentication options"; STS API reference).
_PUBLIC_OPERATIONS = {
    "cognito-idp": frozenset(
        """
        AssociateSoftwareToken ChangePassword ConfirmDevice ConfirmForgotPassword ConfirmSignUp
        DeleteUser DeleteUserAttributes ForgetDevice ForgotPassword GetDevice GetJsonWebKeys
        GetUser GetUserAttributeVerificationCode GlobalSignOut InitiateAuth ListDevices
        ResendConfirmationCode RespondToAuthChallenge RevokeToken SetUserMFAPreference
        SetUserSettings SignUp UpdateDeviceStatus UpdateUserAttributes VerifySoftwareToken
        VerifyUserAttribute
        """.split()  # noqa: SIM905 - a list would take thirty lines
    ),
    "sts": frozenset(("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")),
}


def parse_request(raw: RawRequest, *, default_region: str) -> ServiceRequest:
    """Parse a request.

    The result tells whether the authorization is unreadable. The error is raised later, because its
    format depends on the protocol.

    Args:
        raw: The request as received.
        default_region: The region of a request whose signature does not name one.
    """
    is_readable = True
    signature = None
    try:
        signature = read_signature(raw)
    except MalformedSignatureError:
        is_readable = False
    # An S3 upload may be declared as a form, and can be too large to parse.
    form = {} if signature is not None and _is_signed_for_s3(signature) else _parse_form(raw)
    if signature is None:
        service, protocol, operation, region = _identify_unsigned(raw, form.get("Action", ""))
    else:
        region = signature.region
        service, protocol, operation = _identify_signed(raw, signature, form.get("Action", ""))
    http = normalize(raw, service=service, protocol=protocol, operation=operation, form=form)
    json_body: Mapping[str, Any] | None = None
    if protocol.has_json_errors:
        json_body = parse_object(raw.body) if raw.body else {}
    parameters: Mapping[str, Any] = json_body or {}
    if protocol.has_form_parameters:
        parameters = form if operation else _parse_form(http)
    return ServiceRequest(
        service=service,
        protocol=protocol,
        operation=operation,
        region=region or default_region,
        is_public=_is_public(service, operation),
        http=http,
        parameters=parameters,
        has_json_body=json_body is not None,
        signature=signature,
        has_unreadable_signature=not is_readable,
    )


def _parse_form(raw: RawRequest) -> dict[str, str]:
    """Return the parameters in the form body and in the URL. The body takes precedence."""
    form = ""
    if is_form(raw, multipart=False):
        form = raw.body.decode("utf-8", "replace")
    merged = {**parse_qs(raw.query), **parse_qs(form, keep_blank_values=True)}
    return {name: values[0] for name, values in merged.items()}


def _parse_target(raw: RawRequest) -> tuple[str, str]:
    """Return the service and the operation in the `X-Amz-Target` header."""
    prefix, _, operation = raw.header("X-Amz-Target").rpartition(".")
    return prefix.rpartition(".")[2], operation


def _identify_unsigned(raw: RawRequest, action: str) -> tuple[str, WireProtocol, str, str | None]:
    prefix, operation = _parse_target(raw)
    if prefix == TARGET_PREFIX:
        return "cognito-identity", WireProtocol.JSON, operation, None
    if prefix == _USER_POOL_TARGET_PREFIX:
        return "cognito-idp", WireProtocol.JSON, operation, None
    if operation:
        return prefix, WireProtocol.JSON, operation, None
    match = _USER_POOL_KEYS_PATH.fullmatch(raw.path)
    if match is not None:
        return "cognito-idp", WireProtocol.REST_JSON, "GetJsonWebKeys", match[1]
    if action and raw.method == "POST":
        return "sts", WireProtocol.QUERY, action, None
    return "s3", WireProtocol.S3, "", None


def _identify_signed(
    raw: RawRequest, signature: Signature, action: str
) -> tuple[str, WireProtocol, str]:
    service = signature.service
    if _is_signed_for_s3(signature):
        return "s3", WireProtocol.S3, ""
    _, operation = _parse_target(raw)
    if operation:
        return service, WireProtocol.JSON, operation
    if "/operation/" in raw.path:  # CBOR: /service/NAME/operation/OPERATION
        return service, WireProtocol.JSON, raw.path.rpartition("/")[2]
    if action:
        return service, WireProtocol.EC2 if service == "ec2" else WireProtocol.QUERY, action
    is_rest_xml = service in _REST_XML_SERVICES
    return service, WireProtocol.QUERY if is_rest_xml else WireProtocol.REST_JSON, ""


def _is_signed_for_s3(signature: Signature) -> bool:
    return signature.service.startswith("s3") and signature.service not in _SERVICES_NAMED_LIKE_S3


def _is_public(service: str, operation: str) -> bool:
    if service == "cognito-identity":
        return is_public_operation(operation)
    return operation in _PUBLIC_OPERATIONS.get(service, ())
