"""Records of the requests to an emulator, for tests to inspect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A request to which the emulator has responded.

    Attributes:
        service: The name with which requests to the service are signed ("cognito-identity",
            "sts", "s3").
        operation: The name of the operation. For S3 and other REST services, whose operation
            depends on the path, the HTTP method.
        status: The HTTP status of the response.
        time: Time of the request by the emulator's clock, in seconds since the epoch (UTC).
    """

    __module__ = "cognito_credentials.emulator"

    service: str
    operation: str
    status: int
    time: float
