from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from aiobotocore.session import AioSession

import cognito_credentials
import cognito_credentials.aio
from cognito_credentials.integrations import aiobotocore as aiobotocore_integration
from cognito_credentials.integrations import boto3 as boto3_integration
from cognito_credentials.testing import (
    AsyncScriptedTransport,
    FakeClock,
    ScriptedTransport,
    answer,
    credentials_answer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cognito_credentials.ports import HttpRequest, HttpResponse

POOL = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "eu-west-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


class FakeCognito:
    """Each GetCredentialsForIdentity gives the next generation, good for an hour."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.operations: list[str] = []
        self.refusal: HttpResponse | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        self.operations.append(operation)
        if operation == "GetId":
            return answer(IdentityId=IDENTITY)
        return self.refusal or credentials_answer(
            IDENTITY, clock=self.clock, generation=self.fetches
        )

    @property
    def fetches(self) -> int:
        return self.operations.count("GetCredentialsForIdentity")


class Boto3Side:
    integration: Any = boto3_integration
    other_integration: Any = aiobotocore_integration

    def __init__(self, cognito: FakeCognito) -> None:
        self.cognito = cognito
        self.config = {"transport": ScriptedTransport([cognito]), "clock": cognito.clock}

    def provider(self, **arguments: Any) -> Any:
        return cognito_credentials.from_cognito_identity_pool(
            POOL, client_config=self.config, **arguments
        )

    def bare_session(self, profile: str | None = None) -> Any:
        return botocore.session.Session(profile=profile)

    def other_session(self) -> Any:
        return AioSession()

    def wait(self, value: Any) -> Any:
        return value

    def region(self, session: Any) -> str | None:
        return session.region_name

    def read(self, session: Any) -> Any:
        """Return what a signer of that session gets."""
        return self.wait(self.wait(session.get_credentials()).get_frozen_credentials())


class AiobotocoreSide(Boto3Side):
    integration = aiobotocore_integration
    other_integration = boto3_integration

    def __init__(self, cognito: FakeCognito, runner: asyncio.Runner) -> None:
        self.cognito = cognito
        self.config = {"transport": AsyncScriptedTransport([cognito]), "clock": cognito.clock}
        self.runner = runner

    def provider(self, **arguments: Any) -> Any:
        return cognito_credentials.aio.from_cognito_identity_pool(
            POOL, client_config=self.config, **arguments
        )

    def bare_session(self, profile: str | None = None) -> Any:
        return AioSession(profile=profile)

    def other_session(self) -> Any:
        return botocore.session.Session()

    def region(self, session: Any) -> str | None:
        return session.get_config_variable("region")

    def wait(self, value: Any) -> Any:
        return self.runner.run(value)


@pytest.fixture
def cognito() -> FakeCognito:
    return FakeCognito()


@pytest.fixture
def boto3_side(cognito: FakeCognito) -> Boto3Side:
    return Boto3Side(cognito)


@pytest.fixture
def aiobotocore_provider(cognito: FakeCognito) -> Callable[..., Any]:
    config = {"transport": AsyncScriptedTransport([cognito]), "clock": cognito.clock}

    def provider(**arguments: Any) -> Any:
        return cognito_credentials.aio.from_cognito_identity_pool(
            POOL, client_config=config, **arguments
        )

    return provider


@pytest.fixture(params=["boto3", "aiobotocore"])
def side(request: pytest.FixtureRequest, cognito: FakeCognito) -> Iterator[Boto3Side]:
    if request.param == "boto3":
        yield Boto3Side(cognito)
    else:
        with asyncio.Runner() as runner:
            yield AiobotocoreSide(cognito, runner)


@pytest.fixture(autouse=True)
def no_default_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
