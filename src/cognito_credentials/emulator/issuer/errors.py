"""The errors of the issuer, which are reported either to the application or to the user."""

from __future__ import annotations

from http import HTTPStatus


class OAuthError(Exception):
    """An error for the application, in a JSON document or in a redirect.

    Args:
        code: The error code, for example "invalid_grant".
        description: Description without quotation marks, backslashes or characters outside ASCII,
            which RFC 6749 does not allow.
    """

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description

    @property
    def status(self) -> HTTPStatus:
        """The status of a JSON document with this error."""
        is_unauthenticated = self.code in ("invalid_client", "invalid_token")
        return HTTPStatus.UNAUTHORIZED if is_unauthenticated else HTTPStatus.BAD_REQUEST


class PageError(Exception):
    """An error that the user sees, because a redirect to the application would not be safe."""

    def __init__(self, text: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
