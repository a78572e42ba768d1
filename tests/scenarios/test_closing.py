"""A provider or broker that is closed while a fetch is in progress."""

from __future__ import annotations

import pytest
from brokers import Broker
from harness import RecordingClock

from cognito_credentials import Quotas
from cognito_credentials._base.provider import get_driver
from cognito_credentials.errors import ConfigurationError, TransportError


def test_no_request_is_sent_after_close(side):
    def close_and_fail(request):
        # HTTP libraries raise an error like this if `close` closes their connections during a
        # request.
        get_driver(subject.provider).is_closed = True
        raise TransportError("the connection went away")

    subject = side.pool([close_and_fail, side.id_response(), side.credentials()])
    error = subject.expect_error(ConfigurationError)
    assert "closed" in str(error)
    assert len(subject.requests) == 1


class ClosingClock(RecordingClock):
    """A clock whose `sleep` closes the broker."""

    broker = None

    def sleep(self, seconds):
        super().sleep(seconds)
        if self.broker is not None:
            self.broker._state.close()


@pytest.mark.parametrize("operation", ["GetId", "GetCredentialsForIdentity"])
def test_a_caller_that_waits_for_the_quota_sends_no_request_after_close(side, operation):
    side.clock = ClosingClock()
    rates = {"GetId": Quotas(get_id=0.1), "GetCredentialsForIdentity": Quotas(get_credentials=0.1)}
    broker = Broker(side, quotas=rates[operation], deadline=60, prefetch_within=0)
    broker.get("first")
    operations = list(broker.service.operations)
    side.clock.broker = broker.broker
    with pytest.raises(ConfigurationError, match="closed"):
        broker.get("second")
    expected = [] if operation == "GetId" else ["GetId"]
    assert broker.service.operations == operations + expected
