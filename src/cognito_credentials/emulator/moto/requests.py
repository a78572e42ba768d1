"""Conversion of a parsed request into the HTTP request for moto."""

from __future__ import annotations

from cognito_credentials.emulator.messages import RawRequest, ServiceRequest


def make_moto_request(request: ServiceRequest) -> RawRequest:
    """Return the request for moto, with an `Authorization` header that names the service.

    The signature in that header is a dummy, because moto does not verify signatures. Access control
    has already verified the original signature.
    """
    headers = request.http.headers.copy()
    signature = request.signature
    key_id = "UNSIGNED" if signature is None else signature.access_key_id
    scope = f"20260101/{request.region}/{request.service}/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders=host, Signature=-"
    headers.replace("Authorization", authorization)
    http = request.http
    return RawRequest(http.method, http.target, headers, http.body)
