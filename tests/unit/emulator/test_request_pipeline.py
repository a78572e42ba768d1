from __future__ import annotations

import json
import threading

import pytest

from cognito_credentials.emulator import accounts
from cognito_credentials.emulator.account import EmulatedAccount
from cognito_credentials.emulator.clock import MovableClock
from cognito_credentials.emulator.front.principals import generate_administrator_key
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.issuer.service import IssuerService
from cognito_credentials.emulator.messages import RawRequest
from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.recorded_calls import MAX_RECORDED_CALLS
from cognito_credentials.emulator.request_pipeline import RequestPipeline

ACCOUNT_ID = "777788889999"
ISSUER = IssuerService(lambda: "", MovableClock())


@pytest.fixture(autouse=True)
def account_in_use():
    accounts.acquire(ACCOUNT_ID)
    yield
    accounts.release(ACCOUNT_ID)


def make_account() -> EmulatedAccount:
    return EmulatedAccount(
        moto=MotoServices(account_id=ACCOUNT_ID, region="us-east-1"),
        issuer=ISSUER,
        clock=MovableClock(),
        administrator=generate_administrator_key(),
        enforces_iam=True,
        credential_lifetime=3600,
    )


def make_request(operation: str, **parameters: object) -> RawRequest:
    headers = Headers()
    headers.add("Host", "127.0.0.1")
    headers.add("Content-Type", "application/x-amz-json-1.1")
    headers.add("X-Amz-Target", f"AWSCognitoIdentityService.{operation}")
    return RawRequest("POST", "/", headers, json.dumps(parameters).encode())


def make_facebook_pool(account: EmulatedAccount) -> str:
    parameters = {
        "IdentityPoolName": "game",
        "AllowUnauthenticatedIdentities": False,
        "SupportedLoginProviders": {"graph.facebook.com": "app"},
    }
    perform = account.identity_service.perform
    return str(perform("CreateIdentityPool", parameters, "us-east-1")["IdentityPoolId"])


def test_a_request_that_outlasts_the_wait_of_a_reset_fails():
    account = make_account()
    pipeline = RequestPipeline(account, host="127.0.0.1", region="us-east-1", clock=MovableClock())
    pool = make_facebook_pool(account)

    def verify(_token: str) -> tuple[str, str]:
        pipeline.reset(make_account, timeout=0.01)
        return "app", "user"

    account.identity_service.set_token_verifier("graph.facebook.com", verify)
    request = make_request("GetId", IdentityPoolId=pool, Logins={"graph.facebook.com": "token"})
    response = pipeline.respond(request)
    assert (response.status, json.loads(response.body)["__type"]) == (503, "ServiceUnavailable")
    assert pipeline.calls == ()
    assert pipeline.account is not account
    assert json.loads(pipeline.respond(request).body)["__type"] == "ResourceNotFoundException"
    pipeline.account.close()


def test_a_reset_waits_for_a_running_request():
    account = make_account()
    pipeline = RequestPipeline(account, host="127.0.0.1", region="us-east-1", clock=MovableClock())
    pool = make_facebook_pool(account)
    resetting = threading.Thread(target=pipeline.reset, args=(make_account,))

    def verify(_token: str) -> tuple[str, str]:
        resetting.start()
        resetting.join(0.05)
        assert pipeline.account is account
        return "app", "user"

    account.identity_service.set_token_verifier("graph.facebook.com", verify)
    request = make_request("GetId", IdentityPoolId=pool, Logins={"graph.facebook.com": "token"})
    assert pipeline.respond(request).status == 200
    resetting.join(10)
    assert pipeline.account is not account
    assert pipeline.calls == ()
    pipeline.account.close()


def test_the_latest_calls_are_retained():
    account = make_account()
    pipeline = RequestPipeline(account, host="127.0.0.1", region="us-east-1", clock=MovableClock())
    pipeline.respond(make_request("GetOpenIdToken"))
    request = make_request("GetId")
    for _ in range(MAX_RECORDED_CALLS):
        pipeline.respond(request)
    assert len(pipeline.calls) == MAX_RECORDED_CALLS
    assert {call.operation for call in pipeline.calls} == {"GetId"}
    account.close()
