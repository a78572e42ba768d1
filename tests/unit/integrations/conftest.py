from __future__ import annotations

import asyncio
import shutil
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from aiobotocore.session import AioSession
from tls_authority import authority

import cognito_credentials
import cognito_credentials.aio
from cognito_credentials.integrations import aiobotocore as aiobotocore_integration
from cognito_credentials.integrations import boto3 as boto3_integration
from cognito_credentials.testing import (
    AsyncScriptedTransport,
    FakeClock,
    ScriptedTransport,
    credentials_response,
    success_response,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cognito_credentials.ports import HttpRequest, HttpResponse

__all__ = ["authority"]

POOL_ID = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY_ID = "eu-west-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


class FakeCognito:
    """Service that returns new credentials, valid for one hour, for each fetch."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.operations: list[str] = []
        self.error: HttpResponse | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        self.operations.append(operation)
        if operation == "GetId":
            return success_response(IdentityId=IDENTITY_ID)
        return self.error or credentials_response(
            IDENTITY_ID, clock=self.clock, generation=self.fetches
        )

    @property
    def fetches(self) -> int:
        return self.operations.count("GetCredentialsForIdentity")


class Boto3Harness:
    integration: Any = boto3_integration
    integration_of_other_kind: Any = aiobotocore_integration

    def __init__(self, cognito: FakeCognito) -> None:
        self.cognito = cognito
        self.config = {"transport": ScriptedTransport([cognito]), "clock": cognito.clock}

    def create_provider(self, **arguments: Any) -> Any:
        return cognito_credentials.from_cognito_identity_pool(
            POOL_ID, client_config=self.config, **arguments
        )

    def create_session(self, profile: str | None = None) -> Any:
        return botocore.session.Session(profile=profile)

    def create_session_of_other_kind(self) -> Any:
        return AioSession()

    def wait(self, value: Any) -> Any:
        """Return the value; an async harness awaits it first."""
        return value

    def get_region(self, session: Any) -> str | None:
        return session.region_name

    def read_credentials(self, session: Any) -> Any:
        """Return the frozen credentials, as the session's request signer gets them."""
        return self.wait(self.wait(session.get_credentials()).get_frozen_credentials())

    def read_value(self, credentials: Any, name: str) -> Any:
        """Return an attribute of a credentials object, such as `access_key`."""
        return getattr(credentials, name)

    def create_client(self, session: Any, service_name: str = "s3") -> Any:
        create = getattr(session, "client", None) or session.create_client
        client = create(service_name)
        client.close()
        return client

    def presign(self, session: Any) -> str:
        """Return a presigned URL from a new client of the session."""
        client = session.client("s3")
        try:
            return client.generate_presigned_url(
                "get_object", Params={"Bucket": "bucket", "Key": "key"}
            )
        finally:
            client.close()

    def close(self, provider: Any) -> None:
        provider.close()


class AiobotocoreHarness(Boto3Harness):
    integration = aiobotocore_integration
    integration_of_other_kind = boto3_integration

    def __init__(self, cognito: FakeCognito, runner: asyncio.Runner) -> None:
        self.cognito = cognito
        self.config = {"transport": AsyncScriptedTransport([cognito]), "clock": cognito.clock}
        self.runner = runner

    def create_provider(self, **arguments: Any) -> Any:
        return cognito_credentials.aio.from_cognito_identity_pool(
            POOL_ID, client_config=self.config, **arguments
        )

    def create_session(self, profile: str | None = None) -> Any:
        return AioSession(profile=profile)

    def create_session_of_other_kind(self) -> Any:
        return botocore.session.Session()

    def get_region(self, session: Any) -> str | None:
        return session.get_config_variable("region")

    def wait(self, value: Any) -> Any:
        return self.runner.run(value)

    def read_value(self, credentials: Any, name: str) -> Any:
        return self.wait(getattr(credentials, f"get_{name}")())

    def create_client(self, session: Any, service_name: str = "s3") -> Any:
        async def create_client() -> Any:
            async with session.create_client(service_name) as client:
                return client

        return self.wait(create_client())

    def presign(self, session: Any) -> str:
        async def presign() -> str:
            async with session.create_client("s3") as client:
                return await client.generate_presigned_url(
                    "get_object", Params={"Bucket": "bucket", "Key": "key"}
                )

        return self.wait(presign())

    def close(self, provider: Any) -> None:
        self.wait(provider.aclose())


@pytest.fixture
def cognito() -> FakeCognito:
    return FakeCognito()


@pytest.fixture
def boto3_harness(cognito: FakeCognito) -> Boto3Harness:
    return Boto3Harness(cognito)


@pytest.fixture
def create_async_provider(cognito: FakeCognito) -> Callable[..., Any]:
    config = {"transport": AsyncScriptedTransport([cognito]), "clock": cognito.clock}

    def create_provider(**arguments: Any) -> Any:
        return cognito_credentials.aio.from_cognito_identity_pool(
            POOL_ID, client_config=config, **arguments
        )

    return create_provider


@pytest.fixture(params=["boto3", "aiobotocore"])
def harness(request: pytest.FixtureRequest, cognito: FakeCognito) -> Iterator[Boto3Harness]:
    if request.param == "boto3":
        yield Boto3Harness(cognito)
    else:
        with asyncio.Runner() as runner:
            yield AiobotocoreHarness(cognito, runner)


@pytest.fixture(autouse=True)
def no_default_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Return a function that installs a fake module, and a distribution with the given version."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(name: str, version: str = "9999", **members: Any) -> None:
        module = ModuleType(name)
        module.__dict__.update(__version__=version, **members)
        monkeypatch.setitem(sys.modules, name, module)
        distribution = name.partition(".")[0]
        for other in tmp_path.glob(f"{distribution}-*.dist-info"):
            shutil.rmtree(other)
        metadata = tmp_path / f"{distribution}-{version}.dist-info"
        metadata.mkdir()
        text = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (metadata / "METADATA").write_text(text)

    return install
