from __future__ import annotations

import math

import pytest

from cognito_credentials.emulator.server import Emulator

ACCOUNT = "444455559999"


@pytest.mark.parametrize("account_id", ["", "12345678901", "12345678901x", "١٢٣٤٥٦٧٨٩٠١٢"])
def test_an_account_id_must_have_twelve_digits(account_id: str):
    with pytest.raises(ValueError, match="account_id"):
        Emulator(account_id=account_id)


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf])
def test_the_lifetime_of_credentials_must_be_positive_and_finite(seconds: float):
    with pytest.raises(ValueError, match="credential_lifetime"):
        Emulator(account_id=ACCOUNT, credential_lifetime=seconds)


def test_an_emulator_has_no_address_before_it_starts():
    emulator = Emulator(account_id=ACCOUNT)
    for read in (lambda: emulator.endpoint_url, emulator.environment, lambda: emulator.port):
        with pytest.raises(RuntimeError, match=r"start\(\)"):
            read()
    emulator.close()


def test_the_environment_has_no_credentials_and_bypasses_proxies():
    with Emulator(account_id=ACCOUNT, region="eu-west-1") as emulator:
        assert emulator.environment() == {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{emulator.port}",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "COGNITO_EMULATOR_TOKEN": emulator.control_token,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }


def test_an_emulator_starts_only_once():
    with Emulator(account_id=ACCOUNT) as emulator:
        with pytest.raises(RuntimeError, match=ACCOUNT):
            emulator.start()
        assert emulator.client("sts").get_caller_identity()["Account"] == ACCOUNT
    with pytest.raises(RuntimeError, match="closed"):
        emulator.start()


def test_clients_are_closed_with_the_emulator():
    with Emulator(account_id=ACCOUNT) as emulator:
        client = emulator.client("sts")
        client.get_caller_identity()
        connections = client._endpoint.http_session._manager.pools
        assert len(connections) == 1
    assert len(connections) == 0
