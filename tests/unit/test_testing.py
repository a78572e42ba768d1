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
    answer,
    credentials_answer,
    refusal,
)

REQUEST = HttpRequest(
    "POST",
    "https://x",
    {"X-Amz-Target": "AWSCognitoIdentityService.GetId"},
    b'{"IdentityPoolId":"p"}',
)
OTHER = HttpRequest("POST", "https://sts", {}, b"Action=AssumeRoleWithWebIdentity")


def test_a_fake_clock_stands_still_until_it_is_moved():
    clock = FakeClock(1000.0)
    start = clock.monotonic()
    assert [clock.now(), clock.now()] == [1000.0, 1000.0]
    clock.advance(5)
    assert (clock.now(), clock.monotonic() - start) == (1005.0, 5.0)
    clock.jump(-100)
    assert (clock.now(), clock.monotonic() - start) == (905.0, 5.0)


def test_a_fake_clock_starts_at_the_present():
    assert abs(FakeClock().now() - time.time()) < 60


def test_waiting_on_a_fake_clock_takes_no_time():
    clock = FakeClock(0.0)
    clock.sleep(86_400)
    asyncio.run(clock.asleep(86_400))
    assert clock.now() == 2 * 86_400


def test_a_script_is_answered_in_order_and_its_last_item_goes_on():
    first, last = answer(A=1), answer(A=2)
    transport = ScriptedTransport([first, last])
    assert [transport.send(REQUEST) for _ in range(3)] == [first, last, last]
    assert transport.requests == [REQUEST] * 3
    assert transport.calls == [("GetId", {"IdentityPoolId": "p"})] * 3
    transport.close()


def test_a_script_raises_and_calls():
    transport = ScriptedTransport([OSError("x"), lambda request: answer(Url=request.url)])
    with pytest.raises(OSError, match="x"):
        transport.send(REQUEST)
    assert json.loads(transport.send(REQUEST).body) == {"Url": "https://x"}


def test_calls_are_those_to_cognito():
    transport = ScriptedTransport([answer()])
    transport.send(OTHER)
    assert transport.calls == []
    assert transport.requests == [OTHER]


async def test_the_awaited_twin_does_the_same():
    transport = AsyncScriptedTransport([OSError("x"), answer(A=1)])
    with pytest.raises(OSError, match="x"):
        await transport.send(REQUEST)
    assert (await transport.send(REQUEST)).status == 200
    assert transport.requests == [REQUEST] * 2
    assert transport.calls == [("GetId", {"IdentityPoolId": "p"})] * 2
    await transport.aclose()


def test_a_script_is_shared_by_threads():
    transport = ScriptedTransport([answer(N=n) for n in range(50)])
    seen = []
    threads = [
        threading.Thread(target=lambda: seen.append(json.loads(transport.send(REQUEST).body)["N"]))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(seen) == list(range(50))


def test_an_empty_script_says_so():
    with pytest.raises(AssertionError, match="script"):
        ScriptedTransport([]).send(REQUEST)


def test_an_answer_tells_the_services_time():
    assert "date" not in answer().headers
    date = answer(clock=FakeClock(1_800_007_200.0)).headers["date"]
    assert parsedate_to_datetime(date).timestamp() == 1_800_007_200.0


def test_credentials_live_for_an_hour_unless_it_is_said():
    clock = FakeClock(1000.0)
    members = json.loads(credentials_answer("us-east-1:1", clock=clock, generation=3).body)
    assert members == {
        "IdentityId": "us-east-1:1",
        "Credentials": {
            "AccessKeyId": "ASIATEST000000000003",
            "SecretKey": "secret-key-of-generation-3",
            "SessionToken": "session-token-of-generation-3",
            "Expiration": 4600.0,
        },
    }
    later = json.loads(credentials_answer(expires_at=5.0, SecretKey=None, AccessKeyId="A").body)
    assert later["Credentials"] == {
        "AccessKeyId": "A",
        "SessionToken": "session-token-of-generation-1",
        "Expiration": 5.0,
    }
    assert json.loads(credentials_answer().body)["Credentials"]["Expiration"] > time.time()


def test_a_refusal_is_written_as_the_service_writes_it():
    response = refusal("TooManyRequestsException", "Rate exceeded", headers={"x": "y"})
    assert response.status == 400
    assert response.headers["x-amzn-errortype"] == "TooManyRequestsException:"
    assert response.headers["x"] == "y"
    assert json.loads(response.body) == {
        "__type": "TooManyRequestsException",
        "message": "Rate exceeded",
    }
    assert refusal("InternalErrorException", "", status=500).status == 500
