"""The exception that every part of the emulator raises to reject a request."""

from __future__ import annotations

from typing import Self


class AwsError(Exception):
    """An error that an AWS service returns for a request.

    Attributes:
        code: The error code on the wire, for example `NotAuthorizedException`.
        message: The error message on the wire.
        http_status: The HTTP status of the response. Services that use the JSON protocol return 400
            for every error that the caller is responsible for, including throttling and missing
            permissions.
        explanation: The checks that failed, with expected and actual values, as sentences. Only
            `Emulator.calls` contains these sentences, because AWS does not send them to clients.
            The sentences contain no secrets.
    """

    def __init__(self, code: str, message: str, http_status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = http_status
        self.explanation: tuple[str, ...] = ()

    def with_explanation(self, *sentences: str) -> Self:
        """Add sentences to `explanation`, and return the error itself."""
        self.explanation += sentences
        return self
