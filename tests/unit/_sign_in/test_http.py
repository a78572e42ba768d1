from __future__ import annotations

import socket

import pytest
from fake_issuer import json_response

from cognito_credentials._sign_in.http import HttpClient, JsonResponse, create_transport
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import (
    CognitoCredentialsError,
    MalformedResponseError,
    TransportError,
)
from cognito_credentials.ports import HttpResponse
from cognito_credentials.testing import ScriptedTransport
from cognito_credentials.transports._errors import (
    body_too_large,
    connection_error,
    invalid_response,
)
from cognito_credentials.transports.direct import DirectTransport
from cognito_credentials.transports.via_urllib3 import Urllib3Transport


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(200, {}, b"<html>"),
        HttpResponse(200, {}, b"[1]"),
        HttpResponse(502, {}, b"{}"),
        HttpResponse(400, {}, b"{}"),
        HttpResponse(200, {}, b"[" * 100_000),
        HttpResponse(302, {"location": "https://elsewhere.example"}, b""),
    ],
)
def test_a_response_that_is_not_a_json_object_or_reports_an_error_is_rejected(response):
    with pytest.raises(MalformedResponseError, match=r"a\.example"):
        JsonResponse(response, "https://a.example/x").json_object()


def test_the_json_object_of_an_error_is_returned_if_errors_are_accepted():
    response = JsonResponse(json_response(400, error="slow_down"), "https://a.example/x")
    assert response.is_error
    assert response.json_object(accept_errors=True) == {"error": "slow_down"}
    page = JsonResponse(HttpResponse(400, {}, b"<html>"), "https://a.example/x")
    with pytest.raises(MalformedResponseError):
        page.json_object(accept_errors=True)


def test_every_request_has_the_user_agent():
    transport = ScriptedTransport([json_response(a=1)])
    http = HttpClient(transport, "cognito-credentials/1")
    assert http.get("https://a.example").json_object() == {"a": 1}
    http.post("https://a.example", data={"a": "b c"}, headers={"X": "y"})
    http.post_json("https://a.example", {}, {"a": 1})
    assert {r.headers["User-Agent"] for r in transport.requests} == {"cognito-credentials/1"}
    assert [r.body for r in transport.requests] == [b"", b"a=b+c", b'{"a": 1}']


@pytest.mark.parametrize("setting", ["--issuer", "--endpoint-url"])
@pytest.mark.parametrize(
    "create_error",
    [
        lambda: connection_error("a.example", socket.gaierror(-2, "Name or service not known")),
        lambda: connection_error("a.example", ConnectionRefusedError()),
        lambda: invalid_response("a.example", ValueError()),
        body_too_large,
    ],
)
def test_the_hint_names_the_setting_of_the_url(setting, create_error):
    http = HttpClient(ScriptedTransport([create_error()]), "", url_setting=setting)
    with pytest.raises(CognitoCredentialsError) as caught:
        http.get("https://a.example")
    hint = caught.value.hint
    assert setting in hint
    assert "endpoint_url" not in hint
    assert "region" not in hint
    assert ("--endpoint-url" in hint) is (setting == "--endpoint-url")


def test_proxies_require_the_transport_that_supports_them():
    def transport(**settings):
        return create_transport(resolve(ClientConfig(**settings), region_of_id="us-east-1"))

    assert isinstance(transport(), DirectTransport)
    proxies = {"https": "http://proxy.example:3128"}
    assert isinstance(transport(proxies=proxies), Urllib3Transport)


def test_the_log_names_url_operation_and_status_and_omits_query_and_body(caplog, never_printed):
    caplog.set_level("DEBUG", "cognito_credentials")
    secret = never_printed("s3cr3t-of-a-form")
    http = HttpClient(
        ScriptedTransport([json_response(a=1), json_response(400), TransportError("x")]), "tests"
    )
    http.get(f"https://a.example/x?hint={secret}")
    http.post_json("https://a.example/", {"X-Amz-Target": "Service.InitiateAuth"}, {"p": secret})
    with pytest.raises(TransportError):
        http.post(f"https://a.example/token?x={secret}", data={"code": secret}, headers={})
    expected = [
        ("GET https://a.example/x", "200"),
        ("POST https://a.example/ InitiateAuth", "400"),
        ("POST https://a.example/token", "transport"),
    ]
    assert len(caplog.messages) == len(expected)
    for message, (request, outcome) in zip(caplog.messages, expected, strict=True):
        assert message.startswith(f"{request}: ")
        assert outcome in message
