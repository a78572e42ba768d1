from __future__ import annotations

import asyncio
import json
import threading
import time
from email.utils import parsedate_to_datetime

import pytest

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.testing import (
    AsyncScriptedTransport,
    FakeClock,
    ScriptedTransport,
    credentials_response,
    error_response,
    success_response,
)

REQUEST = HttpRequest(
    "POST",
    "https://x",
    {"X-Amz-Target": "AWSCognitoIdentityService.GetId"},
    b'{"IdentityPoolId":"p"}',
)
STS_REQUEST = HttpRequest("POST", "https://sts", {}, b"Action=AssumeRoleWithWebIdentity")


def test_a_fake_clock_stands_still_until_it_is_advanced():
    clock = FakeClock(1000.0)
    start = clock.monotonic()
    assert [clock.now(), clock.now()] == [1000.0, 1000.0]
    clock.advance(5)
    assert (clock.now(), clock.monotonic() - start) == (1005.0, 5.0)
    clock.jump(-100)
    assert (clock.now(), clock.monotonic() - start) == (905.0, 5.0)


def test_a_fake_clock_starts_at_the_current_time():
    assert abs(FakeClock().now() - time.time()) < 60


def test_sleeping_on_a_fake_clock_takes_no_time():
    clock = FakeClock(0.0)
    clock.sleep(86_400)
    asyncio.run(clock.asleep(86_400))
    assert clock.now() == 2 * 86_400


def test_items_are_returned_in_order_and_the_last_one_is_repeated():
    first, last = success_response(A=1), success_response(A=2)
    transport = ScriptedTransport([first, last])
    assert [transport.send(REQUEST) for _ in range(3)] == [first, last, last]
    assert transport.requests == [REQUEST] * 3
    assert transport.calls == [("GetId", {"IdentityPoolId": "p"})] * 3
    transport.close()


def test_a_script_may_contain_exceptions_and_functions():
    transport = ScriptedTransport([OSError("x"), lambda request: success_response(Url=request.url)])
    with pytest.raises(OSError, match="x"):
        transport.send(REQUEST)
    assert json.loads(transport.send(REQUEST).body) == {"Url": "https://x"}


def test_calls_contains_only_requests_to_cognito():
    transport = ScriptedTransport([success_response()])
    transport.send(STS_REQUEST)
    assert transport.calls == []
    assert transport.requests == [STS_REQUEST]


async def test_the_async_transport_follows_the_same_script():
    transport = AsyncScriptedTransport([OSError("x"), success_response(A=1)])
    with pytest.raises(OSError, match="x"):
        await transport.send(REQUEST)
    assert (await transport.send(REQUEST)).status == 200
    assert transport.requests == [REQUEST] * 2
    assert transport.calls == [("GetId", {"IdentityPoolId": "p"})] * 2
    await transport.aclose()


def test_threads_share_a_script():
    transport = ScriptedTransport([success_response(N=n) for n in range(50)])
    received = []
    threads = [
        threading.Thread(
            target=lambda: received.append(json.loads(transport.send(REQUEST).body)["N"])
        )
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(received) == list(range(50))


def test_an_empty_script_fails_the_test():
    with pytest.raises(AssertionError, match="script"):
        ScriptedTransport([]).send(REQUEST)


def test_a_response_has_a_date_header_if_there_is_a_clock():
    assert "date" not in success_response().headers
    date = success_response(clock=FakeClock(1_800_007_200.0)).headers["date"]
    assert parsedate_to_datetime(date).timestamp() == 1_800_007_200.0


def test_credentials_are_valid_for_one_hour_by_default():
    clock = FakeClock(1000.0)
    members = json.loads(credentials_response("us-east-1:1", clock=clock, generation=3).body)
    assert members == {
        "IdentityId": "us-east-1:1",
        "Credentials": {
            "AccessKeyId": "ASIATEST000000000003",
            "SecretKey": "secret-key-of-generation-3",
            "SessionToken": "session-token-of-generation-3",
            "Expiration": 4600.0,
        },
    }
    later = json.loads(credentials_response(expires_at=5.0, SecretKey=None, AccessKeyId="A").body)
    assert later["Credentials"] == {
        "AccessKeyId": "A",
        "SessionToken": "session-token-of-generation-1",
        "Expiration": 5.0,
    }
    assert json.loads(credentials_response().body)["Credentials"]["Expiration"] > time.time()


def test_an_error_response_has_the_format_of_the_service():
    response = error_response("TooManyRequestsException", "Rate exceeded", headers={"x": "y"})
    assert response.status == 400
    assert response.headers["x-amzn-errortype"] == "TooManyRequestsException:"
    assert response.headers["x"] == "y"
    assert json.loads(response.body) == {
        "__type": "TooManyRequestsException",
        "message": "Rate exceeded",
    }
    assert error_response("InternalErrorException", "", status=500).status == 500
