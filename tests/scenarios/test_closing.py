"""A provider that is closed while a fetch is under way."""

from __future__ import annotations

from cognito_credentials.errors import ConfigurationError, TransportError


def test_nothing_is_sent_after_the_end(side):
    def close_and_fail(request):
        # As an HTTP library does with a request whose connections are closed under it.
        subject.provider._driver.is_closed = True
        raise TransportError("the connection went away")

    subject = side.pool([close_and_fail, side.id_response(), side.credentials()])
    error = subject.expect_error(ConfigurationError)
    assert "closed" in str(error)
    assert len(subject.requests) == 1
