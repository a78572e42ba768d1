"""Records of the requests to an emulator, for tests to inspect."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cognito_credentials.emulator.messages import ServiceRequest

_ID = re.compile(r"([a-z]+(?:-[a-z]+)+-[0-9]{1,2}):.*", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A request to which the emulator has responded.

    Attributes:
        service: The name with which requests to the service are signed ("cognito-identity",
            "sts", "s3").
        operation: The name of the operation. For S3 and other REST services, whose operation
            depends on the path, the HTTP method.
        status: The HTTP status of the response. 0 if a `dropped-request` fault prevented a response.
        time: Time of the request by the emulator's clock, in seconds since the epoch (UTC).
    """

    __module__ = "cognito_credentials.emulator"

    service: str
    operation: str
    status: int
    time: float


def find_region(request: ServiceRequest) -> str:
    """Return the region of a request. Unsigned requests name it in the ID of the pool or identity."""
    if request.signature is None and request.service == "cognito-identity":
        named = request.parameters.get("IdentityPoolId") or request.parameters.get("IdentityId")
        match = _ID.fullmatch(named) if isinstance(named, str) else None
        if match is not None:
            return match[1]
    return request.region
