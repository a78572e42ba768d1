"""A certificate authority for TLS servers on loopback."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Authority:
    """A certificate authority, and the certificates that it issued.

    Each certificate is a pair of files: the certificate and its key.
    """

    ca: str
    server: tuple[str, str]
    other_host: tuple[str, str]
    expired: tuple[str, str]
    not_yet_valid: tuple[str, str]
    client: tuple[str, str]
    encrypted_client: tuple[str, str]

    def context(self, pair: tuple[str, str] | None = None, *, mutual: bool = False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(pair or self.server))
        if mutual:
            context.load_verify_locations(self.ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


# Python 3.13 requires this key usage in the certificate of a certificate authority.
CA_KEY_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("certificates")
    now = datetime.now(UTC)

    def write(name: str, content: bytes) -> str:
        path: Path = folder / name
        path.write_bytes(content)
        return str(path)

    def certificate(
        name: str, issuer: str, signer: Any, key: Any, *, names: list[Any], days_off: int = 0
    ) -> Any:
        moment = now + timedelta(days=days_off)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(moment - timedelta(hours=1))
            .not_valid_after(moment + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), True)
            # Python 3.13 requires the identifiers of the subject's and the issuer's key.
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
            )
        )
        if name == issuer:
            builder = builder.add_extension(CA_KEY_USAGE, True)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        return builder.sign(signer, hashes.SHA256())

    def pem(key: Any, password: bytes | None = None) -> bytes:
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption(),
        )

    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = certificate("test ca", "test ca", ca_key, ca_key, names=[])

    def pair(
        name: str, names: list[Any], password: bytes | None = None, days_off: int = 0
    ) -> tuple[str, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        signed = certificate(name, "test ca", ca_key, key, names=names, days_off=days_off)
        return (
            write(f"{name}.pem", signed.public_bytes(serialization.Encoding.PEM)),
            write(f"{name}.key", pem(key, password)),
        )

    loopback = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
    return Authority(
        ca=write("ca.pem", ca.public_bytes(serialization.Encoding.PEM)),
        server=pair("server", loopback),
        other_host=pair("other", [x509.DNSName("elsewhere.example")]),
        expired=pair("expired", loopback, days_off=-1),
        not_yet_valid=pair("not-yet-valid", loopback, days_off=1),
        client=pair("client", []),
        encrypted_client=pair("encrypted", [], b"hunter2"),
    )
