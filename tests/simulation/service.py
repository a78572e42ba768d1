"""A model of Amazon Cognito Identity: identities, logins, credentials, and faults of the network.

The model contains only what the flows depend on. Its error messages are those of the service, as in
the emulator; see docs/fidelity.md.
"""

from __future__ import annotations

import base64
import functools
import json
from typing import TYPE_CHECKING, Any

from cognito_credentials.errors import RequestTimeoutError, TransportError
from cognito_credentials.testing import credentials_response, error_response, success_response
from simulation.processes import Process
from simulation.scheduler import Steps

if TYPE_CHECKING:
    from simulation.worlds import World

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
PROVIDER_NAME = "accounts.google.com"
GET_ID, GET_CREDENTIALS = "GetId", "GetCredentialsForIdentity"
LIFETIME_SECONDS = 3600
TOKEN_SECONDS = 3600
# The service accepts tokens of OpenID Connect issuers for this long after their expiration.
TOKEN_TOLERANCE_SECONDS = 300
REQUEST_TIMEOUT_SECONDS = 5.0


@functools.lru_cache(maxsize=4096)
def make_token(user: str, expires_at: int, *, is_forged: bool = False) -> str:
    """Return an ID token; the signature of a forged token is invalid."""
    claims = {"iss": f"https://{PROVIDER_NAME}", "sub": user, "aud": "app", "exp": expires_at}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.{'Zm9yZ2Vk' if is_forged else 'c2lnbmVk'}"


def read_token(token: str) -> tuple[str, int, bool]:
    """Return the user, the expiration and whether the token is forged."""
    payload, signature = token.split(".")[1:]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims["sub"], claims["exp"], signature != "c2lnbmVk"


class Issued:
    """Credentials that the service has issued: their identity, its owner, and their expiration."""

    def __init__(self, identity_id: str, owner: str | None, issued_at: float) -> None:
        self.identity_id = identity_id
        self.owner = owner
        self.issued_at = issued_at
        self.expires_at = int(issued_at) + LIFETIME_SECONDS


class Service:
    """The service, the network in front of it, and the record of all requests."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._scheduler = world.scheduler
        # The owner of each identity that exists: None for a guest, "merged" for a merged identity.
        self.identities: dict[str, str | None] = {}
        self.id_of_user: dict[str, str] = {}
        self._merged: dict[str, str] = {}
        self._created = 0
        self.issued: dict[str, Issued] = {}
        # The time, the process and the operation of each request, when it was sent.
        self.requests: list[tuple[float, Process, str]] = []

    # --- changes that other programs make -----------------------------------------------------------

    def delete_identity(self, identity_id: str) -> None:
        """Delete an identity, like DeleteIdentities."""
        owner = self.identities.pop(identity_id, None)
        if owner is not None:
            self.id_of_user.pop(owner, None)

    def merge_identity(self, user: str, *, is_redirected: bool) -> None:
        """Merge a user's identity into another one.

        Later requests with the former ID get the new ID if `is_redirected`, and are otherwise rejected as
        forbidden.
        """
        former = self.id_of_user.get(user)
        if former is None:
            return
        new = self._create(user)
        if is_redirected:
            self._merged[former] = new
        self.identities[former] = "merged"

    # --- requests -----------------------------------------------------------------------------------

    def send(self, process: Process, request: Any) -> Steps:
        """Send a request through a network that may lose or delay messages."""
        world, operation = self._world, request.headers["X-Amz-Target"].rpartition(".")[2]
        self.requests.append((self._scheduler.now, process, operation))
        fault = world.faults.draw_service_fault()
        if fault is not None:
            world.log(process.name, f"{operation}: {fault}")
            world.count_fault(f"service: {fault}")
        random = world.random.random
        yield 0.01 + 0.05 * random()
        if fault == "lost before it arrived":
            raise TransportError("the connection was reset")
        if fault == "timed out before it arrived":
            yield REQUEST_TIMEOUT_SECONDS
            raise RequestTimeoutError("no response arrived in time")
        if fault == "slow":
            yield 0.5 + (REQUEST_TIMEOUT_SECONDS - 1) * random()
        answered_at = self._scheduler.now
        response = self._throttle(fault) or self._respond(process, operation, request, fault)
        seconds = process.checkpoint(awaits=True)
        yield seconds or 0.0
        yield 0.01 + 0.05 * random()
        if fault == "response lost":
            raise TransportError("the connection was reset")
        if fault == "response timed out":
            yield REQUEST_TIMEOUT_SECONDS
            raise RequestTimeoutError("no response arrived in time")
        if fault == "wrong date":
            process.wrong_date_count += 1
        elif fault not in ("throttled", "internal error"):
            process.last_response_at = max(process.last_response_at, answered_at)
        return response

    def _throttle(self, fault: str | None) -> Any:
        if fault == "throttled":
            return error_response("TooManyRequestsException", "Rate exceeded")
        if fault == "internal error":
            return error_response("InternalErrorException", "", status=500)
        return None

    def _respond(self, process: Process, operation: str, request: Any, fault: str | None) -> Any:
        now = self._scheduler.now
        clock = _Date(now + (self._world.faults.draw_wrong_date() if fault == "wrong date" else 0))
        members = json.loads(request.body)
        user, error = self._read_logins(members.get("Logins"), now)
        if error is not None:
            return self._reject(process, operation, error)
        if operation == GET_ID:
            identity_id = self._create(None) if user is None else self._get_id(user)
            self._world.log(process.name, f"GetId: created or found {identity_id[-4:]}")
            return success_response(clock=clock, IdentityId=identity_id)
        identity_id = members["IdentityId"]
        identity_id = self._merged.get(identity_id, identity_id)
        if identity_id not in self.identities:
            return self._reject(process, operation, _not_found(identity_id))
        if self.identities[identity_id] != user:
            return self._reject(process, operation, _forbidden(identity_id))
        issued = Issued(identity_id, user, now)
        number = len(self.issued) + 1
        response = credentials_response(
            identity_id, expires_at=issued.expires_at, generation=number, clock=clock
        )
        self.issued[f"ASIATEST{number:012d}"] = issued
        self._world.log(process.name, f"{operation}: issued {number} for {identity_id[-4:]}")
        return response

    def _reject(self, process: Process, operation: str, error: tuple[str, str]) -> Any:
        self._world.log(process.name, f"{operation}: rejected, {error[1]}")
        headers = {"date": _Date(self._scheduler.now).http_date()}
        return error_response(*error, headers=headers)

    def _read_logins(
        self, logins: dict[str, str] | None, now: float
    ) -> tuple[str | None, tuple[str, str] | None]:
        if not logins:
            return None, None
        user, expires_at, is_forged = read_token(logins[PROVIDER_NAME])
        if is_forged:
            text = "Invalid login token. Couldn't verify signed token."
            return None, ("NotAuthorizedException", text)
        if expires_at + TOKEN_TOLERANCE_SECONDS <= now:
            text = f"Invalid login token. Token expired: {int(now)} >= {expires_at}"
            return None, ("NotAuthorizedException", text)
        return user, None

    def _get_id(self, user: str) -> str:
        return self.id_of_user.get(user) or self._create(user)

    def _create(self, user: str | None) -> str:
        self._created += 1
        identity_id = f"us-east-1:00000000-0000-4000-8000-{self._created:012x}"
        self.identities[identity_id] = user
        if user is not None:
            self.id_of_user[user] = identity_id
        return identity_id


class _Date:
    """The clock that the service writes into the header `Date`."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def http_date(self) -> str:
        from email.utils import formatdate

        return formatdate(self._now, usegmt=True)

    monotonic: Any = now
    sleep: Any = None
    asleep: Any = None


def _not_found(identity_id: str) -> tuple[str, str]:
    return "ResourceNotFoundException", f"Identity '{identity_id}' not found."


def _forbidden(identity_id: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"Access to Identity '{identity_id}' is forbidden."
