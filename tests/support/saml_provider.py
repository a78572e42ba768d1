"""A SAML provider that signs responses, as login tokens for tests."""

from __future__ import annotations

import base64
import datetime
import functools
import secrets
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENTITY_ID = "https://idp.example.com/saml"
AUDIENCE = "urn:amazon:webservices"
ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


@functools.cache
def make_key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.cache
def make_certificate(name: str) -> x509.Certificate:
    """Return an expired self-signed certificate, as many real providers have."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(make_key(name).public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365))
        .sign(make_key(name), hashes.SHA256())
    )


def metadata(*names: str, entity_id: str = ENTITY_ID) -> str:
    """Return the metadata of a provider with these keys, by default with the key "idp"."""
    descriptors = "".join(
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        + base64.encodebytes(
            make_certificate(name).public_bytes(serialization.Encoding.DER)
        ).decode()
        + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for name in names or ("idp",)
    )
    return (
        '<?xml version="1.0"?><md:EntityDescriptor'
        ' xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
        f' xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{entity_id}">'
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{descriptors}<md:SingleSignOnService"
        ' Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'
        f' Location="{ENTITY_ID}"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    )


def encode(document: bytes | str) -> str:
    data = document.encode() if isinstance(document, str) else document
    return base64.b64encode(data).decode()


def assertion(
    *,
    now: float,
    name_id: str = "ann@example.com",
    issuer: str = ENTITY_ID,
    audience: str | None = AUDIENCE,
    attributes: Mapping[str, Sequence[str]] | None = None,
    lifetime: float | None = 300,
    starts_in: float = -10,
) -> str:
    """Return an assertion without a signature."""
    period = f'NotBefore="{_time(now + starts_in)}"'
    if lifetime is not None:
        period += f' NotOnOrAfter="{_time(now + lifetime)}"'
    restriction = (
        ""
        if audience is None
        else "<saml:AudienceRestriction><saml:Audience>"
        f"{audience}</saml:Audience></saml:AudienceRestriction>"
    )
    listed = "".join(
        f"<saml:Attribute Name={quoteattr(name)}>"
        + "".join(f"<saml:AttributeValue>{escape(v)}</saml:AttributeValue>" for v in values)
        + "</saml:Attribute>"
        for name, values in (attributes or {}).items()
    )
    statement = f"<saml:AttributeStatement>{listed}</saml:AttributeStatement>" if listed else ""
    return (
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0"'
        f' ID="a{secrets.token_hex(8)}" IssueInstant="{_time(now)}">'
        f"<saml:Issuer>{issuer}</saml:Issuer>"
        f"<saml:Subject><saml:NameID>{escape(name_id)}</saml:NameID></saml:Subject>"
        f"<saml:Conditions {period}>{restriction}</saml:Conditions>{statement}</saml:Assertion>"
    )


def response(content: str, *, status: str = SUCCESS) -> str:
    """Return a response with an assertion."""
    return (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0"'
        f' ID="r{secrets.token_hex(8)}"><samlp:Status><samlp:StatusCode Value="{status}"/>'
        f"</samlp:Status>{content}</samlp:Response>"
    )


def sign(document: str, key: str = "idp", *, signer: Any = None, **options: Any) -> str:
    """Return a document with a signature below its root."""
    import signxml
    from lxml import etree

    signing = (signer or signxml.XMLSigner)(
        method=signxml.SignatureConstructionMethod.enveloped,
        c14n_algorithm=signxml.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        **options,
    )
    identifier = document.partition(' ID="')[2].partition('"')[0]
    signed = signing.sign(
        etree.fromstring(document),
        key=make_key(key),
        cert=[make_certificate(key)],
        reference_uri=f"#{identifier}",
        id_attribute="ID",
    )
    return str(etree.tostring(signed).decode())


def saml_token(*, now: float, key: str = "idp", status: str = SUCCESS, **options: Any) -> str:
    """Return a response with a signed assertion, base64-encoded."""
    return encode(response(sign(assertion(now=now, **options), key), status=status))


def _time(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
