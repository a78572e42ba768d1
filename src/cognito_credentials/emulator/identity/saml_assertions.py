"""Verification of SAML 2.0 responses as login tokens.

The keys come from the metadata of the SAML provider in IAM. Only signed data is read: `signxml`
returns the signed element, and other elements of the response are ignored. Either the response or
the assertion may be signed. Encrypted assertions are not supported.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    invalid_login_token,
    not_authorized,
    unsupported_provider,
)

ROLE_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/Role"
NAME_ID_ATTRIBUTE = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"

_NAMES = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
_ASSERTION = f"{{{_NAMES['saml']}}}Assertion"
_RESPONSE = f"{{{_NAMES['samlp']}}}Response"
# Paths of the elements that may contain a signature.
_SIGNATURE_LOCATIONS = ("./", f"./{_ASSERTION}/")
# The audiences of AWS as a service provider ("Configure SAML assertions" in the IAM user guide).
_AUDIENCE = re.compile(
    r"urn:amazon:webservices(:[\w-]+)?"
    r"|https://([\w-]+\.)?signin\.(aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)/saml(/.*)?"
)
_MAX_CLOCK_SKEW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class SamlAssertion:
    """A verified assertion.

    Attributes:
        name_id: The name of the user at the provider.
        attributes: The values of the attributes, by their names.
    """

    name_id: str = field(repr=False)
    attributes: dict[str, list[str]] = field(repr=False)

    def list_roles(self, provider_arn: str) -> list[str]:
        """Return the roles that the provider offers.

        Each value of the role attribute names a role and the provider, in any order.
        """
        pairs = (value.split(",") for value in self.attributes.get(ROLE_ATTRIBUTE, ()))
        stripped = ([part.strip() for part in pair] for pair in pairs)
        roles = [
            next((part for part in pair if ":role/" in part), "")
            for pair in stripped
            if provider_arn in pair
        ]
        return [role for role in dict.fromkeys(roles) if role]


def verify_response(text: str, metadata: str, *, now: float) -> SamlAssertion:
    """Verify a SAML response.

    Args:
        text: The response, base64-encoded.
        metadata: The metadata document of the provider.
        now: The time, in seconds since the epoch (UTC).

    Raises:
        AwsError: If the response is invalid, has expired, or was not signed by the provider.
    """
    document = _decode(text)
    provider = _parse(metadata.encode())
    signed = _verify_signature(document, provider) if provider is not None else None
    if provider is None or signed is None:
        raise invalid_login_token("Couldn't verify signed token.")
    _check_status(signed if signed.tag == _RESPONSE else _parse(document))
    assertions = [signed] if signed.tag == _ASSERTION else signed.findall("saml:Assertion", _NAMES)
    if len(assertions) != 1:
        raise _not_a_response()
    return _read_assertion(assertions[0], provider.get("entityID", ""), now)


def _decode(text: str) -> bytes:
    try:
        document = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise _not_a_response() from None
    root = _parse(document)
    if root is None or root.tag != _RESPONSE:
        raise _not_a_response()
    return document


def _parse(document: bytes) -> ElementTree.Element | None:
    try:
        # expat limits the expansion of entities, and loads no external entities.
        return ElementTree.fromstring(document)  # noqa: S314
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def _verify_signature(document: bytes, provider: ElementTree.Element) -> ElementTree.Element | None:
    """Return the signed response or assertion, or None if the provider has signed neither."""
    from cryptography import x509
    from signxml.algorithms import SignatureMethod
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    methods = frozenset(
        each for each in SignatureMethod if each.name.startswith(("RSA_", "ECDSA_"))
    )
    strong = frozenset(each for each in methods if not each.name.endswith("SHA1"))
    for encoded in _list_certificates(provider):
        for location in _SIGNATURE_LOCATIONS:
            try:
                certificate = x509.load_der_x509_certificate(base64.b64decode(encoded))
                # AWS accepts an expired certificate if the metadata contains it.
                configuration = SignatureConfiguration(
                    location=location,
                    signature_methods=strong,
                    verification_time=certificate.not_valid_before_utc,
                )
                result = XMLVerifier().verify(  # pyright: ignore[reportUnknownMemberType]
                    document, x509_cert=certificate, expect_config=configuration
                )
            except Exception:  # noqa: BLE001, S112 - signxml raises more than it documents
                continue
            signed = _parse(result.signed_data) if not isinstance(result, list) else None
            if signed is not None and signed.tag in (_RESPONSE, _ASSERTION):
                return signed
    return None


def _list_certificates(provider: ElementTree.Element) -> Iterator[str]:
    for descriptor in provider.iterfind("md:IDPSSODescriptor/md:KeyDescriptor", _NAMES):
        if descriptor.get("use", "signing") == "signing":
            for element in descriptor.iterfind(".//ds:X509Certificate", _NAMES):
                yield element.text or ""


def _check_status(response: ElementTree.Element | None) -> None:
    status = None if response is None else response.find("samlp:Status/samlp:StatusCode", _NAMES)
    if status is None or not status.get("Value", "").endswith(":Success"):
        raise _not_a_response()


def _read_assertion(assertion: ElementTree.Element, entity_id: str, now: float) -> SamlAssertion:
    if _text_of(assertion, "saml:Issuer") != entity_id:
        raise invalid_login_token("Issuer doesn't match providerName")
    name_id = _text_of(assertion, "saml:Subject/saml:NameID")
    if not name_id:
        raise invalid_login_token("Missing a required claim: sub")
    _check_audience(assertion)
    _check_times(assertion, now)
    attributes: dict[str, list[str]] = {}
    for attribute in assertion.iterfind("saml:AttributeStatement/saml:Attribute", _NAMES):
        values = (
            "".join(each.itertext()) for each in attribute.iterfind("saml:AttributeValue", _NAMES)
        )
        attributes.setdefault(attribute.get("Name", ""), []).extend(values)
    attributes.setdefault(NAME_ID_ATTRIBUTE, [name_id])
    return SamlAssertion(name_id, attributes)


def _check_audience(assertion: ElementTree.Element) -> None:
    path = "saml:Conditions/saml:AudienceRestriction/saml:Audience"
    audiences = [(each.text or "").strip() for each in assertion.iterfind(path, _NAMES)]
    if not audiences:
        raise invalid_login_token("Missing a required claim: aud")
    if not any(map(_AUDIENCE.fullmatch, audiences)):
        raise unsupported_provider()


def _check_times(assertion: ElementTree.Element, now: float) -> None:
    """Check the validity period. As in the service, the times in the error have milliseconds."""
    elements = [
        *assertion.iterfind("saml:Conditions", _NAMES),
        *assertion.iterfind(
            "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", _NAMES
        ),
    ]
    ends = [
        _parse_time(each.get("NotOnOrAfter", ""))
        for each in elements
        if "NotOnOrAfter" in each.attrib
    ]
    if not ends:
        raise invalid_login_token("Missing a required claim: exp")
    if now >= min(ends):
        raise invalid_login_token(f"Token expired: {int(now * 1000)} >= {int(min(ends) * 1000)}")
    starts = [
        _parse_time(each.get("NotBefore", "")) for each in elements if "NotBefore" in each.attrib
    ]
    if any(start > now + _MAX_CLOCK_SKEW_SECONDS for start in starts):
        raise _not_a_response()


def _parse_time(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _not_a_response() from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _text_of(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(path, "", _NAMES) or "").strip()


def _not_a_response() -> AwsError:
    return not_authorized(UnconfirmedText.NOT_A_SAML_RESPONSE)
