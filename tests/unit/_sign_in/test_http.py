from __future__ import annotations

import pytest
from fake_issuer import json_response

from cognito_credentials._sign_in.http import Answer, Http, checked_url, transport_of
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import (
    ConfigurationError,
    MalformedResponseError,
    TransportError,
)
from cognito_credentials.ports import HttpResponse
from cognito_credentials.testing import ScriptedTransport
from cognito_credentials.transports.direct import DirectTransport
from cognito_credentials.transports.via_urllib3 import Urllib3Transport


@pytest.mark.parametrize(
    "url",
    ["https://a.example/x", "http://127.0.0.1:80/x", "http://localhost:1", "http://[::1]:1/"],
)
def test_addresses_of_issuers(url):
    assert checked_url(url, "issuer") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "https://user:pw@example.com",
        "https://",
        "https://a.example/#x",
        "http://[::1",
        "ftp://localhost",
        "",
        None,
        7,
    ],
)
def test_no_addresses_of_issuers(url):
    with pytest.raises(ConfigurationError, match=r"issuer (is|has)") as caught:
        checked_url(url, "issuer")
    assert "user:pw" not in caught.value.message


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(200, {}, b"<html>"),
        HttpResponse(200, {}, b"[1]"),
        HttpResponse(502, {}, b"{}"),
        HttpResponse(200, {}, b"[" * 100_000),
        HttpResponse(302, {"location": "https://elsewhere.example"}, b""),
    ],
)
def test_what_is_no_document(response):
    with pytest.raises(MalformedResponseError, match=r"a\.example answered with HTTP"):
        Answer(response, "https://a.example/x").document()


def test_who_sends_it_is_said():
    transport = ScriptedTransport([json_response(a=1)])
    http = Http(transport, "cognito-credentials/1")
    assert http.get("https://a.example").document() == {"a": 1}
    http.post("https://a.example", data={"a": "b c"}, headers={"X": "y"})
    http.post_json("https://a.example", {}, {"a": 1})
    assert {r.headers["User-Agent"] for r in transport.requests} == {"cognito-credentials/1"}
    assert [r.body for r in transport.requests] == [b"", b"a=b+c", b'{"a": 1}']


def test_a_proxy_takes_the_transport_that_knows_them():
    def transport(**settings):
        return transport_of(resolve(ClientConfig(**settings), region_of_id="us-east-1"))

    assert isinstance(transport(), DirectTransport)
    proxies = {"https": "http://proxy.example:3128"}
    assert isinstance(transport(proxies=proxies), Urllib3Transport)


def test_the_log_has_address_operation_and_status_and_nothing_that_was_sent(caplog, never_printed):
    caplog.set_level("DEBUG", "cognito_credentials")
    secret = never_printed("s3cr3t-of-a-form")
    http = Http(
        ScriptedTransport([json_response(a=1), json_response(400), TransportError("x")]), "me"
    )
    http.get(f"https://a.example/x?hint={secret}")
    http.post_json("https://a.example/", {"X-Amz-Target": "Service.InitiateAuth"}, {"p": secret})
    with pytest.raises(TransportError):
        http.post(f"https://a.example/token?x={secret}", data={"code": secret}, headers={})
    texts = [message.rpartition(" in ")[0] for message in caplog.messages]
    assert texts == [
        "GET https://a.example/x: HTTP 200",
        "POST https://a.example/ InitiateAuth: HTTP 400",
        "POST https://a.example/token: transport",
    ]
