"""The server's half of a user pool's SRP: it knows a verifier, and checks what the client proves.

Written from RFC 5054 (the 3072-bit group) and RFC 2945, with the pool's own key derivation, as
public clients have it. moto takes any signature, so that a wrong password needs this.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from pycognito.aws_srp import N_HEX  # the group, which is RFC 3526's; nothing else of the client's

N, G = int(N_HEX, 16), 2


def padded(number: int) -> bytes:
    """Return the bytes of a number that is not negative, as Java's BigInteger writes them."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def digest(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


class SrpServer:
    def __init__(self, pool_name: str, user: str, password: str) -> None:
        self.pool_name, self.user = pool_name, user
        self.salt = secrets.randbits(128)
        inner = hashlib.sha256(f"{pool_name}{user}:{password}".encode()).digest()
        self.verifier = pow(G, digest(padded(self.salt), inner), N)
        self.b = secrets.randbits(1024)
        k = digest(padded(N), padded(G))
        self.big_b = (k * self.verifier + pow(G, self.b, N)) % N
        self.block = secrets.token_bytes(32)

    def challenge(self, srp_a: str) -> dict[str, str]:
        self.big_a = int(srp_a, 16)
        return {
            "SALT": f"{self.salt:x}",
            "SRP_B": f"{self.big_b:x}",
            "SECRET_BLOCK": base64.b64encode(self.block).decode(),
            "USER_ID_FOR_SRP": self.user,
            "USERNAME": self.user,
        }

    def is_proven_by(self, responses: dict[str, str]) -> bool:
        u = digest(padded(self.big_a), padded(self.big_b))
        shared = pow(self.big_a * pow(self.verifier, u, N), self.b, N)
        prk = hmac.new(padded(u), padded(shared), hashlib.sha256).digest()
        key = hmac.new(prk, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
        message = b"".join(
            (
                self.pool_name.encode(),
                self.user.encode(),
                self.block,
                responses["TIMESTAMP"].encode(),
            )
        )
        expected = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(expected, responses["PASSWORD_CLAIM_SIGNATURE"])
