"""A provider that is closed while a fetch is in progress."""

from __future__ import annotations

from cognito_credentials._base.provider import get_driver
from cognito_credentials.errors import ConfigurationError, TransportError


def test_no_request_is_sent_after_close(side):
    def close_and_fail(request):
        # An HTTP library raises such an error if its connections are closed during a request.
        get_driver(subject.provider).is_closed = True
        raise TransportError("the connection went away")

    subject = side.pool([close_and_fail, side.id_response(), side.credentials()])
    error = subject.expect_error(ConfigurationError)
    assert "closed" in str(error)
    assert len(subject.requests) == 1
