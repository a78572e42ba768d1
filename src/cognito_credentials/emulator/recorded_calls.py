"""Records of the requests to an emulator, for tests to inspect."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from cognito_credentials.emulator.messages import ServiceRequest

MAX_RECORDED_CALLS = 10_000

_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-[0-9]{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A request to which the emulator has responded.

    The repr does not show `parameters`, `error_message` and `explanation`.

    Attributes:
        service: The name with which requests to the service are signed ("cognito-identity",
            "sts", "s3").
        operation: The name of the operation, for example `GetId` or `GetObject`. If a request has
            no operation that the emulator knows, the HTTP method.
        status: The HTTP status of the response. 0 if a `dropped-request` fault prevented a response.
        time: Time of the request by the emulator's clock, in seconds since the epoch (UTC).
        region: The AWS region to which the request was sent.
        parameters: The parameters of the request that the operation has, secrets included. Empty
            for S3 and other REST services.
        principal_arn: The ARN of the principal that signed the request. None if the request is
            unsigned, or its signature was rejected.
        access_key_id: The access key ID in the signature, even if the signature was rejected. None
            if the request is unsigned.
        error_code: The error code of the response, or None if there is none.
        error_message: The error message of the response, or None if there is none.
        explanation: The reasons for the error, as sentences without secrets, in the order in which the
            emulator found them. Empty if the error message tells everything.
        faults: The kinds of the faults that the request met.
        duration: The time that the response took, in seconds.
        number: The position of the request since the emulator started or was reset, from 1.
    """

    __module__ = "cognito_credentials.emulator"

    service: str
    operation: str
    status: int
    time: float
    region: str = ""
    parameters: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    principal_arn: str | None = None
    access_key_id: str | None = None
    error_code: str | None = None
    error_message: str | None = field(default=None, repr=False)
    explanation: tuple[str, ...] = field(default=(), repr=False)
    faults: tuple[str, ...] = ()
    duration: float = 0.0
    number: int = 0


def find_region(request: ServiceRequest) -> str:
    """Return the region of a request. Unsigned requests name it in the ID of the pool or identity."""
    if request.signature is None and request.service == "cognito-identity":
        named = request.parameters.get("IdentityPoolId") or request.parameters.get("IdentityId")
        region = named.partition(":")[0] if isinstance(named, str) else ""
        if _REGION.fullmatch(region):
            return region
    return request.region
