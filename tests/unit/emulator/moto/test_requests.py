from __future__ import annotations

import pytest

from cognito_credentials.emulator.front.request_parsing import parse_request
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest
from cognito_credentials.emulator.moto.requests import make_moto_request

PRESIGNED = (
    "GET /bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60&X-Amz-Signature=x"
    "&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host"
    "&X-Amz-Credential=AKIA%2F20260101%2Feu-west-1%2Ftranslate%2Faws4_request"
)


@pytest.mark.parametrize(
    ("line", "target", "scope"),
    [
        (PRESIGNED, "", "AKIA/20260101/eu-west-1/translate/aws4_request"),
        ("GET /bucket/key", "", "UNSIGNED/20260101/us-west-2/s3/aws4_request"),
        (
            "GET /eu-central-1_x/.well-known/jwks.json",
            "",
            "UNSIGNED/20260101/eu-central-1/cognito-idp/aws4_request",
        ),
        (
            "POST /",
            "AWSCognitoIdentityProviderService.SignUp",
            "UNSIGNED/20260101/us-west-2/cognito-idp/aws4_request",
        ),
    ],
)
def test_moto_receives_the_service_that_was_authorized(line: str, target: str, scope: str):
    method, _, path = line.partition(" ")
    headers = Headers()
    headers.add("X-Amz-Target", target)
    raw = RawRequest(method, path, headers, b"")
    request = parse_request(raw, default_region="us-west-2")
    http = make_moto_request(request)
    assert http.header("Authorization") == (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=-"
    )
    assert (http.method, http.target) == (request.http.method, request.http.target)
    assert not request.http.header("Authorization")
