"""Providers that an integration cannot use, and libraries that are missing or too old.

The table has a row for each public function with a parameter `provider`.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from aiobotocore.session import AioSession

import cognito_credentials
from cognito_credentials import aio, integrations
from cognito_credentials.errors import ConfigurationError

POOL_ID = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
EXTRAS = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"][
    "optional-dependencies"
]
# The requirements of all extras, without markers.
DECLARED = {
    requirement.partition(";")[0].replace("-", "_")
    for requirements in EXTRAS.values()
    for requirement in requirements
}
SIGNING = {"service": "es"}


class Use:
    """A call to an integration's function.

    Attributes:
        integration: Name of the integration.
        function: Name of the function.
        accepts: "sync", "async" or "both": the kinds of providers.
        libraries: Libraries that must be installed, with the extra that installs each one.
    """

    def __init__(self, integration, function, accepts, *libraries, before=(), **arguments):
        self.integration = integration
        self.function = function
        self.accepts = accepts
        self.libraries = libraries
        self.before = before
        self.arguments = arguments

    def __call__(self, provider):
        module = importlib.import_module(f"cognito_credentials.integrations.{self.integration}")
        before = [create() for create in self.before]
        return getattr(module, self.function)(*before, provider, **self.arguments)

    def __repr__(self):
        return f"{self.integration}.{self.function}"


USES = [
    Use("aioboto3", "session", "async", "aioboto3:aiobotocore", "aiobotocore:aiobotocore"),
    Use("aioboto3", "install", "async", "aiobotocore:aiobotocore", before=[AioSession]),
    Use("aiobotocore", "session", "async", "aiobotocore:aiobotocore"),
    Use("aiobotocore", "install", "async", "aiobotocore:aiobotocore", before=[AioSession]),
    Use("aiohttp", "middleware", "async", "aiohttp:aio", **SIGNING, endpoint_url="https://a.b"),
    Use("awscrt", "credentials_provider", "sync", "awscrt:awscrt"),
    Use("boto3", "session", "sync", "boto3:boto3"),
    Use("boto3", "install", "sync", "botocore:boto3", before=[boto3.Session]),
    Use("boto3", "credentials", "sync", "botocore:boto3"),
    Use("boto3", "credential_provider", "sync", "botocore:boto3"),
    Use("daft", "credentials_provider", "sync", "daft:daft"),
    # The first argument stands for a connection, which only DuckDB can create.
    Use("duckdb", "create_secret", "sync", "duckdb:duckdb", before=[SimpleNamespace]),
    Use("httpx", "auth", "both", "httpx:httpx", **SIGNING),
    Use("httpx2", "auth", "both", "httpx2:httpx2", **SIGNING),
    Use("icechunk", "get_credentials", "sync", "icechunk:icechunk"),
    Use("obstore", "credential_provider", "sync", "obstore:obstore"),
    Use("polars", "credential_provider", "sync", "polars:polars"),
    Use("pyiceberg", "properties", "both", "pyiceberg:pyiceberg", "s3fs:s3fs", "aiobotocore:s3fs"),
    Use("requests", "auth", "sync", "requests:requests", **SIGNING),
    Use("s3fs", "session", "both", "s3fs:s3fs", "aiobotocore:s3fs"),
    Use("smithy", "identity_resolver", "both", "smithy_aws_core:smithy"),
]
LIBRARIES = [(use, *library.split(":")) for use in USES for library in use.libraries]
# Maps the name of a module to the members that its fake must have.
MEMBERS = {
    "aioboto3": {"Session": boto3.Session},
    "awscrt.auth": {"AwsCredentials": object, "AwsCredentialsProvider": SimpleNamespace},
    "daft.io": {"S3Credentials": object},
    "icechunk": {"S3StaticCredentials": object},
    "pyiceberg.io": {},
    "s3fs": {},
}
IN_THIS_ENVIRONMENT = ("aiobotocore", "aiohttp", "boto3", "botocore", "httpx", "httpx2", "requests")
# The version of aioboto3 is not checked, because each version requires a certain aiobotocore, whose
# version is checked.
WITHOUT_MINIMUM = ("aioboto3",)

MODULES = {"sync": cognito_credentials, "async": aio}


@pytest.fixture(autouse=True)
def libraries(install):
    """Install fakes of the libraries that this environment lacks."""
    names = {name for _, name, _ in LIBRARIES} - set(IN_THIS_ENVIRONMENT)
    for name in sorted(names | MEMBERS.keys()):
        install(name, **MEMBERS.get(name, {}))


def test_the_table_has_all_functions():
    found = {
        f"{name}.{function}"
        for name in integrations.__all__
        for function in importlib.import_module(f"cognito_credentials.integrations.{name}").__all__
        if takes_provider(name, function)
    }
    assert found == {repr(use) for use in USES}


def takes_provider(integration, name):
    module = importlib.import_module(f"cognito_credentials.integrations.{integration}")
    member = getattr(module, name)
    return inspect.isfunction(member) and "provider" in inspect.signature(member).parameters


def create(kind):
    return MODULES[kind].from_cognito_identity_pool(POOL_ID)


def close(provider):
    if hasattr(provider, "aclose"):
        asyncio.run(provider.aclose())
    else:
        provider.close()


@pytest.mark.parametrize("use", [use for use in USES if use.accepts != "both"], ids=repr)
def test_a_provider_of_the_wrong_kind_is_rejected(use):
    kind = "async" if use.accepts == "sync" else "sync"
    with pytest.raises(ConfigurationError) as caught:
        use(create(kind))
    assert type(create(kind)).__name__ in caught.value.message
    assert f"a provider from {MODULES[use.accepts].__name__}." in caught.value.hint


@pytest.mark.parametrize("use", USES, ids=repr)
@pytest.mark.parametrize("value", [POOL_ID, {"aws_access_key_id": "AKIA"}, object()], ids=type)
def test_an_object_of_another_type_is_rejected(use, value):
    with pytest.raises(ConfigurationError) as caught:
        use(value)
    assert type(value).__name__ in caught.value.message
    assert "from_cognito_identity_pool" in caught.value.hint


@pytest.mark.parametrize("use", USES, ids=repr)
def test_a_closed_provider_is_rejected(use):
    for kind in MODULES if use.accepts == "both" else [use.accepts]:
        provider = create(kind)
        close(provider)
        with pytest.raises(ConfigurationError, match="closed"):
            use(provider)


@pytest.mark.parametrize(("use", "library", "extra"), LIBRARIES)
def test_a_missing_library_is_reported_with_the_pip_command(use, library, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, "cognito_credentials.integrations._botocore", raising=False)
    kind = "sync" if use.accepts == "both" else use.accepts
    with pytest.raises(ConfigurationError) as caught:
        use(create(kind))
    assert library in caught.value.message
    if library == "smithy_aws_core" and sys.version_info < (3, 12):
        assert "Python 3.12" in caught.value.hint
    else:
        assert f'"cognito-credentials[{extra}]"' in caught.value.hint


@pytest.mark.parametrize(
    ("use", "library", "extra"), [row for row in LIBRARIES if row[1] not in WITHOUT_MINIMUM]
)
def test_an_old_library_is_reported_with_the_pip_command(use, library, extra, install, monkeypatch):
    if library in IN_THIS_ENVIRONMENT:
        monkeypatch.setattr(importlib.import_module(library), "__version__", "0.1")
    else:
        install(library, version="0.1", **MEMBERS.get(library, {}))
    kind = "sync" if use.accepts == "both" else use.accepts
    with pytest.raises(ConfigurationError) as caught:
        use(create(kind))
    assert f"{library} 0.1 is too old" in caught.value.message
    assert f'"{library}>=' in caught.value.hint
    if library != "aiohttp":  # The extra is for the transport; middlewares require a later version.
        assert caught.value.hint.split('"')[1] in DECLARED
