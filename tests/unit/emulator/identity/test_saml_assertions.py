from __future__ import annotations

import base64
from typing import Any

import pytest
import saml_provider
from saml_provider import ROLE, assertion, encode, metadata, response, saml_token, sign

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.saml_assertions import SamlAssertion, verify_response

NOW = 1_700_000_000.0
ARN = "arn:aws:iam::123456789012:saml-provider/Corp"
UNVERIFIED = "Invalid login token. Couldn't verify signed token."
NOT_A_RESPONSE = str(UnconfirmedText.NOT_A_SAML_RESPONSE)
UNSUPPORTED = "Token is not from a supported provider of this identity pool."


def verify(token: str, document: str | None = None) -> SamlAssertion:
    return verify_response(token, document or metadata(), now=NOW)


def message_of(token: str, document: str | None = None) -> str:
    with pytest.raises(AwsError) as caught:
        verify(token, document)
    assert caught.value.code == "NotAuthorizedException"
    return caught.value.message


def test_a_signed_assertion_is_read():
    attributes = {"email": ["ann@example.com"], "groups": ["a & b", "c"]}
    verified = verify(saml_token(now=NOW, name_id="ann", attributes=attributes))
    assert verified.name_id == "ann"
    assert verified.attributes == {
        **attributes,
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier": ["ann"],
    }


def test_the_response_may_be_signed_instead():
    assert verify(encode(sign(response(assertion(now=NOW))))).name_id == "ann@example.com"
    both = encode(sign(response(sign(assertion(now=NOW)))))
    assert verify(both).name_id == "ann@example.com"


def test_one_of_several_keys_must_have_signed():
    document = metadata("old", "idp")
    assert verify(saml_token(now=NOW), document)
    assert verify(saml_token(now=NOW, key="old"), document)
    assert message_of(saml_token(now=NOW, key="other"), document) == UNVERIFIED


@pytest.mark.parametrize(
    "audience", ["urn:amazon:webservices", "https://signin.aws.amazon.com/saml"]
)
def test_aws_is_the_audience(audience: str):
    assert verify(saml_token(now=NOW, audience=audience))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"issuer": "https://other.example.com"}, "Issuer doesn't match providerName"),
        ({"name_id": ""}, "Missing a required claim: sub"),
        ({"audience": None}, "Missing a required claim: aud"),
        ({"lifetime": None}, "Missing a required claim: exp"),
        ({"lifetime": 0}, f"Token expired: {NOW * 1000:.0f} >= {NOW * 1000:.0f}"),
        ({"lifetime": -0.5}, f"Token expired: {NOW * 1000:.0f} >= {NOW * 1000 - 500:.0f}"),
    ],
)
def test_an_assertion_with_wrong_contents(options: dict[str, Any], message: str):
    assert message_of(saml_token(now=NOW, **options)) == f"Invalid login token. {message}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"audience": "https://other.example.com"}, UNSUPPORTED),
        ({"audience": "https://evil.example.com/signin.aws.amazon.com/saml"}, UNSUPPORTED),
        ({"starts_in": 3600}, NOT_A_RESPONSE),
        ({"status": "urn:oasis:names:tc:SAML:2.0:status:Requester"}, NOT_A_RESPONSE),
    ],
)
def test_an_assertion_for_something_else(options: dict[str, Any], message: str):
    assert message_of(saml_token(now=NOW, **options)) == message


def test_the_clock_of_the_provider_may_be_ahead():
    assert verify(saml_token(now=NOW, starts_in=240))


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "eyJ.eyJ.sig",
        "nön-ASCII",
        encode("text"),
        encode("<a/>"),
        encode("<a>"),
        encode(""),
        encode(b"\xff\xfe\x00"),
        encode(assertion(now=NOW)),
        encode("<a>" * 10_000),
    ],
)
def test_what_is_not_a_response(token: str):
    assert message_of(token) == NOT_A_RESPONSE


@pytest.mark.parametrize(
    "document",
    [
        "x",
        "<a/>",
        metadata().replace("urn:oasis:names:tc:SAML:2.0:metadata", "urn:x"),
        metadata().replace('use="signing"', 'use="encryption"'),
        metadata().replace("MII", "xxx"),
    ],
)
def test_metadata_without_usable_keys(document: str):
    assert message_of(saml_token(now=NOW), document) == UNVERIFIED


def test_an_unsigned_response():
    assert message_of(encode(response(assertion(now=NOW)))) == UNVERIFIED


def test_a_changed_response():
    document = base64.b64decode(saml_token(now=NOW)).decode()
    assert message_of(encode(document.replace("ann@", "bob@"))) == UNVERIFIED
    document = sign(response(assertion(now=NOW)))
    assert message_of(encode(document.replace("ann@", "bob@"))) == UNVERIFIED


def test_unsigned_assertions_beside_the_signed_one_are_ignored():
    signed, forged = sign(assertion(now=NOW)), assertion(now=NOW, name_id="admin@example.com")
    hidden = signed.replace("</saml:Assertion>", f"{forged}</saml:Assertion>")
    identifier = signed.partition(' ID="')[2].partition('"')[0]
    twin = forged.replace(forged.partition(' ID="')[2].partition('"')[0], identifier)
    wrapped = forged.replace("</saml:Assertion>", f"<x>{signed}</x></saml:Assertion>")
    for content in (
        forged + signed,
        signed + forged,
        hidden,
        twin + signed,
        signed + twin,
        wrapped,
        f"<saml:Advice xmlns:saml='urn:oasis:names:tc:SAML:2.0:assertion'>{signed}</saml:Advice>{forged}",
    ):
        try:
            verified = verify(encode(response(content)))
        except AwsError as error:
            assert error.message in (UNVERIFIED, NOT_A_RESPONSE)
        else:
            assert verified.name_id == "ann@example.com"


def test_a_response_needs_one_assertion():
    assert message_of(encode(sign(response("")))) == NOT_A_RESPONSE
    two = assertion(now=NOW) + assertion(now=NOW)
    assert message_of(encode(sign(response(two)))) == NOT_A_RESPONSE


def test_entities_and_document_types_are_rejected():
    document = base64.b64decode(saml_token(now=NOW)).decode()
    lines = ['<!ENTITY a "aaaaaaaaaa">']
    lines += [
        f'<!ENTITY {n} "{f"&{p};" * 10}">' for p, n in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    bomb = f"<!DOCTYPE x [{''.join(lines)}]>{document.replace('ann@', '&i;@')}"
    assert message_of(encode(bomb)) in (UNVERIFIED, NOT_A_RESPONSE)
    external = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    changed = external + document.replace("ann@", "&a;@")
    assert message_of(encode(changed)) in (UNVERIFIED, NOT_A_RESPONSE)
    assert message_of(encode(f"<!DOCTYPE x>{document}")) == UNVERIFIED


def test_comments_do_not_split_a_name():
    token = saml_token(now=NOW, name_id="admin@example.com.evil.example")
    document = base64.b64decode(token).decode()
    split = document.replace("admin@example.com.evil", "admin@example.com<!-- -->.evil")
    assert verify(encode(split)).name_id == "admin@example.com.evil.example"


def test_roles_name_the_provider():
    role, other = "arn:aws:iam::123456789012:role/A", "arn:aws:iam::123456789012:role/path/B"
    values = [
        f"{role},{ARN}",
        f"{ARN} , {other}",
        f"{ARN},{role}",
        f"{role}2,{ARN}2",
        f"{role}3",
        ARN,
        "",
    ]
    verified = verify(saml_token(now=NOW, attributes={ROLE: values}))
    assert verified.list_roles(ARN) == [role, other]
    assert verify(saml_token(now=NOW)).list_roles(ARN) == []


def test_weak_signatures_are_rejected():
    import signxml

    class OldSigner(signxml.XMLSigner):
        def check_deprecated_methods(self) -> None:
            pass

    weak = sign(
        assertion(now=NOW),
        signer=OldSigner,
        signature_algorithm="rsa-sha1",
        digest_algorithm="sha1",
    )
    assert saml_provider.ENTITY_ID in weak
    assert message_of(encode(response(weak))) == UNVERIFIED
