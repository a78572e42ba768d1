"""Parsing of an HTTP request into a `ServiceRequest`, which all parts of the emulator use.

This module performs no I/O. The credential scope of a signed request names the service. The service
of an unsigned request is determined by its target. Without a target, a request for the keys of a
user pool is recognized by its path, and a POST request with an action is a request to STS; every
other unsigned request is treated as a request to S3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front import error_responses as errors
from cognito_credentials.emulator.front.input_shapes import (
    WrongTypeError,
    reduce_document,
    reduce_form,
)
from cognito_credentials.emulator.front.normalization import is_form, normalize
from cognito_credentials.emulator.front.signatures import (
    MalformedSignatureError,
    read_form_signature,
    read_signature,
)
from cognito_credentials.emulator.front.upload_forms import is_upload_form, read_upload_form
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.wire import TARGET_PREFIX
from cognito_credentials.emulator.json_values import parse_object
from cognito_credentials.emulator.messages import (
    RawRequest,
    ServiceRequest,
    Signature,
    WireProtocol,
)
from cognito_credentials.emulator.service_models import (
    ServiceModel,
    find_model,
    find_models,
)

_USER_POOL_TARGET_PREFIX = "AWSCognitoIdentityProviderService"
_REST_XML_SERVICES = frozenset(("cloudfront", "route53"))
# Services that moto would mistake for S3, because their names start with "s3".
_SERVICES_NAMED_LIKE_S3 = ("s3tables", "s3vectors")
# A user pool ID starts with its region and contains an underscore, which a bucket name cannot
# contain.
_USER_POOL_KEYS_PATH = re.compile(
    r"/([a-z0-9-]+)_\w+/\.well-known/(jwks\.json|openid-configuration)/?", re.ASCII
)
_GET_USER_POOL_KEYS = "GetJsonWebKeys"


def parse_request(raw: RawRequest, *, default_region: str) -> ServiceRequest:
    """Parse a request; convert an HTML form upload into the equivalent PutObject request.

    The result contains the error of an invalid request, which is raised later, because access
    control checks the signature first.

    Args:
        raw: The request as received.
        default_region: The region of a request whose signature names no region.
    """
    request = _parse_request(raw, default_region)
    is_valid = request.signature_error is None and request.request_error is None
    if is_valid and request.signature is None and request.protocol is WireProtocol.S3:
        return _read_upload(request, raw) if is_upload_form(request.http) else request
    return request


def _parse_request(raw: RawRequest, default_region: str) -> ServiceRequest:
    signature = None
    malformed: MalformedSignatureError | None = None
    try:
        signature = read_signature(raw)
    except MalformedSignatureError as error:
        malformed = error
    # An S3 upload may have the Content-Type of a form, and may be too large to parse.
    form = {} if signature is not None and _is_signed_for_s3(signature) else _parse_form(raw)
    if signature is None:
        service, protocol, operation, region = _identify_unsigned(raw, form.get("Action", ""))
    else:
        region = signature.region
        service, protocol, operation = _identify_signed(raw, signature, form.get("Action", ""))
    model = find_model(
        service, operation, target_prefix=_parse_target(raw)[0], version=form.get("Version", "")
    )
    parameters: Mapping[str, Any] | None = None
    request_error: AwsError | None = None
    http = raw
    try:
        _check_operation(service, protocol, operation, model)
        if protocol.has_form_parameters and operation:
            parameters = form if model is None else _read_form(raw, model, operation, form)
        elif protocol is WireProtocol.JSON:
            parameters = _read_json(raw, service, model, operation)
        http = normalize(raw, protocol=protocol, operation=operation, parameters=parameters)
    except AwsError as error:
        request_error = error
    except RecursionError:  # Some shapes are recursive.
        request_error = AwsError("SerializationException", UnconfirmedText.BODY_NOT_JSON)
    return ServiceRequest(
        service=service,
        protocol=protocol,
        operation=operation,
        region=region or default_region,
        is_public=_is_public(service, operation, model),
        http=http,
        parameters=parameters or {},
        has_json_body=protocol is WireProtocol.JSON and parameters is not None,
        signature=signature,
        signature_error=None
        if malformed is None
        else errors.unreadable_signature(protocol, malformed.query_error),
        request_error=request_error,
    )


def _read_upload(request: ServiceRequest, raw: RawRequest) -> ServiceRequest:
    signature = request_error = None
    try:
        form = read_upload_form(request.http)
        policy = form.policy
        if policy is not None:
            signature = read_form_signature(raw, form.fields, policy.expires_at)
    except AwsError as error:
        return replace(request, signature_error=error)
    except MalformedSignatureError as error:
        found = errors.unreadable_signature(request.protocol, error.query_error)
        return replace(request, signature_error=found)
    try:
        form.check()
    except AwsError as error:
        request_error = error
    return replace(
        request,
        http=form.make_put_request(request.http),
        signature=signature,
        region=request.region if signature is None else signature.region,
        request_error=request_error,
        upload_form=form,
    )


def _check_operation(
    service: str, protocol: WireProtocol, operation: str, model: ServiceModel | None
) -> None:
    """Check that the service defines the operation.

    Raises:
        AwsError: If the model of the service does not contain the operation.
    """
    # Amazon Cognito Identity itself rejects operations that it does not know.
    if model is not None or service == "cognito-identity" or protocol is WireProtocol.S3:
        return
    if operation == _GET_USER_POOL_KEYS:
        return
    if operation:
        raise errors.unknown_operation(protocol, operation)
    if not any(model.is_rest for model in find_models(service)):
        raise errors.missing_operation(protocol)


def _read_form(
    raw: RawRequest, model: ServiceModel, operation: str, form: Mapping[str, str]
) -> Mapping[str, str]:
    reduced = reduce_form(model, operation, form)
    # Clients that use the query protocol send requests to the path of the queue's URL.
    if "QueueUrl" in model.input_shape(operation)["members"] and raw.path != "/":
        reduced.setdefault("QueueUrl", f"http://localhost{unquote(raw.path)}")
    return reduced


def _read_json(
    raw: RawRequest, service: str, model: ServiceModel | None, operation: str
) -> Mapping[str, Any] | None:
    """Return the parameters in a JSON body; None for another format, or a malformed body.

    The identity service itself rejects a malformed body.

    Raises:
        AwsError: If the body of a request to another service is not a JSON object, or a value has
            the wrong type.
    """
    if not raw.header("X-Amz-Target"):
        return None  # Without this header, the body is encoded in CBOR.
    document: Mapping[str, Any] | None = parse_object(raw.body) if raw.body else {}
    if service == "cognito-identity":
        # The service itself rejects invalid values, with its own messages.
        if document is None or model is None:
            return document
        members = model.input_shape(operation)["members"]
        return {
            name: value for name, value in document.items() if name in members and value is not None
        }
    if document is None:
        raise AwsError("SerializationException", UnconfirmedText.BODY_NOT_JSON)
    if model is None:
        return document
    try:
        return reduce_document(model, operation, document)
    except WrongTypeError as error:
        text = UnconfirmedText.WRONG_TYPE.format(
            found=error.found, expected=error.expected, path=error.path
        )
        raise AwsError("SerializationException", text) from None


def _parse_form(raw: RawRequest) -> dict[str, str]:
    """Return the parameters in the form body and in the URL. The body takes precedence."""
    form = raw.body.decode("utf-8", "replace") if is_form(raw, multipart=False) else ""
    if not form and not raw.query:
        return {}
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
        return "cognito-idp", WireProtocol.REST_JSON, _GET_USER_POOL_KEYS, match[1]
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
    # The path of a CBOR request is /service/NAME/operation/OPERATION.
    if "/operation/" in raw.path:
        return service, WireProtocol.JSON, raw.path.rpartition("/")[2]
    if action:
        return service, WireProtocol.EC2 if service == "ec2" else WireProtocol.QUERY, action
    is_rest_xml = service in _REST_XML_SERVICES
    return service, WireProtocol.QUERY if is_rest_xml else WireProtocol.REST_JSON, ""


def _is_signed_for_s3(signature: Signature) -> bool:
    return signature.service.startswith("s3") and signature.service not in _SERVICES_NAMED_LIKE_S3


def _is_public(service: str, operation: str, model: ServiceModel | None) -> bool:
    if (service, operation) == ("cognito-idp", _GET_USER_POOL_KEYS):
        return True
    return model is not None and model.is_public(operation)
