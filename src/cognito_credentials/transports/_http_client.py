"""Response classes for the standard library's `http.client`."""

from __future__ import annotations

from email.errors import MultipartInvariantViolationDefect, StartBoundaryNotFoundDefect
from http.client import HTTPException, HTTPResponse
from io import BufferedReader
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cognito_credentials.transports._sockets import TimedMixin

__all__ = ["FinalResponse", "ResponseReader"]

SWITCHING_PROTOCOLS = 101
LAST_INTERIM_STATUS = 199
# The parser receives only the headers, so it reports these defects for every multipart content
# type.
MULTIPART_DEFECTS = (StartBoundaryNotFoundDefect, MultipartInvariantViolationDefect)


class ResponseReader(BufferedReader):
    """Reader for one response; the reader closes itself at the end of the response.

    A buffered reader may receive bytes that follow the response, and http.client would discard
    these bytes. This reader reports such bytes to the connection.
    """

    def __init__(self, connection: TimedMixin, raw: Any) -> None:
        super().__init__(raw)
        self._connection = connection

    def close(self) -> None:
        if not self.closed:
            self._connection.look_for_surplus(self)
        super().close()


class FinalResponse(HTTPResponse):
    """Response class of http.client that skips interim responses, such as `103 Early Hints`.

    This class also rejects invalid headers, and negative chunk sizes, after which http.client would
    read until the connection is closed.
    """

    def begin(self) -> None:
        super().begin()
        # http.client itself skips only status 100.
        while SWITCHING_PROTOCOLS < self.status <= LAST_INTERIM_STATUS:
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        if self.status == SWITCHING_PROTOCOLS:
            self.will_close = True  # The bytes that follow are not HTTP.
        if not all(isinstance(defect, MULTIPART_DEFECTS) for defect in self.headers.defects):
            # http.client ignores all headers after an invalid header, and urllib3 logs them.
            raise HTTPException("invalid header")

    def _read_next_chunk_size(self) -> int:
        parent: Any = super()  # typeshed does not know the method.
        size: int = parent._read_next_chunk_size()  # noqa: SLF001
        if size < 0:
            from cognito_credentials.transports import _errors

            raise _errors.invalid_chunk_size()
        return size
