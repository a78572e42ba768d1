"""Server side of SRP sign-in to a user pool: verifier, challenge and verification of the proof.

The code follows RFC 5054 (with the 3072-bit group) and RFC 2945, and derives keys in the same way
as open-source clients of user pools.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

# RFC 3526, group 15, whose generator is 2.
N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22"
    "514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6"
    "F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3D"
    "C2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E8603"
    "9B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D"
    "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864"
    "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB31"
    "43DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2


def to_padded_bytes(number: int) -> bytes:
    """Return the bytes of a non-negative number, in the format of Java's BigInteger."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _hash(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


class SrpServer:
    """One SRP challenge for one user of a user pool.

    Args:
        pool_name: The part of the user pool ID after the region.
        user: The user ID.
        password: The password.
        srp_a: The public number of the client, in hexadecimal.
        secret_block: The data that the client must return.

    Raises:
        ValueError: If `srp_a` is not a hexadecimal number, or is a number with which any password
            would be accepted.
    """

    def __init__(
        self, pool_name: str, user: str, password: str, *, srp_a: str, secret_block: bytes
    ) -> None:
        self._client_public = int(srp_a, 16)
        if self._client_public % N == 0:
            raise ValueError("srp_a must not be a multiple of N, which would match any password")
        self._names = pool_name.encode() + user.encode()
        self._user, self._secret_block = user, secret_block
        self._salt = secrets.randbits(128)
        inner = hashlib.sha256(f"{pool_name}{user}:{password}".encode()).digest()
        self._verifier = pow(G, _hash(to_padded_bytes(self._salt), inner), N)
        self._private = secrets.randbits(1024)
        k = _hash(to_padded_bytes(N), to_padded_bytes(G))
        self._public = (k * self._verifier + pow(G, self._private, N)) % N

    def challenge(self) -> dict[str, str]:
        """Return the parameters of the PASSWORD_VERIFIER challenge."""
        return {
            "SALT": f"{self._salt:x}",
            "SRP_B": f"{self._public:x}",
            "SECRET_BLOCK": base64.b64encode(self._secret_block).decode(),
            "USER_ID_FOR_SRP": self._user,
        }

    def verify_proof(self, responses: Mapping[str, str]) -> bool:
        """Return True if the challenge responses prove that the client knows the password."""
        u = _hash(to_padded_bytes(self._client_public), to_padded_bytes(self._public))
        shared = pow(self._client_public * pow(self._verifier, u, N), self._private, N)
        prk = hmac.new(to_padded_bytes(u), to_padded_bytes(shared), hashlib.sha256).digest()
        key = hmac.new(prk, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
        message = self._names + self._secret_block + responses.get("TIMESTAMP", "").encode()
        expected = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest())
        signature = responses.get("PASSWORD_CLAIM_SIGNATURE", "").encode()
        return hmac.compare_digest(expected, signature)
