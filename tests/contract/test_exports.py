"""The public names of the package, and the modules that are loaded when these names are imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cases import check_each

import cognito_credentials
from cognito_credentials import aio, errors

NAMES = {
    "BasicFlow",
    "ClientConfig",
    "CognitoCredentialProvider",
    "CommandToken",
    "CredentialBroker",
    "Credentials",
    "CredentialsCache",
    "CredentialsEndpoint",
    "DeveloperIdentity",
    "EnvironmentToken",
    "FileToken",
    "IdentityChange",
    "ProviderConfig",
    "Quotas",
    "RefreshPolicy",
    "UserCredentials",
    "__version__",
    "from_cognito_identity",
    "from_cognito_identity_pool",
    "login_from_id_token",
    "token_subject",
} | set(errors.__all__)
ASYNC_NAMES = {
    "AsyncCognitoCredentialProvider",
    "AsyncCredentialBroker",
    "AsyncCredentialsCache",
    "AsyncUserCredentials",
    "from_cognito_identity",
    "from_cognito_identity_pool",
}


MODULES = {
    path.stem
    for path in Path(cognito_credentials.__file__).parent.iterdir()
    if not path.name.startswith("_") and (path.suffix == ".py" or (path / "__init__.py").is_file())
} - {"cli"}


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_package_exports_its_public_names():
    assert set(cognito_credentials.__all__) == NAMES
    assert set(dir(cognito_credentials)) == NAMES | MODULES
    assert set(aio.__all__) == ASYNC_NAMES


@check_each("name", sorted(NAMES))
def test_a_public_name_returns_the_same_object_every_time(name):
    assert getattr(cognito_credentials, name) is getattr(cognito_credentials, name)


@check_each("name", errors.__all__)
def test_every_error_can_be_imported_from_the_package(name):
    assert getattr(cognito_credentials, name) is getattr(errors, name)


@pytest.mark.parametrize("name", [*sorted(MODULES), "integrations.boto3", "integrations.aioboto3"])
def test_a_public_module_is_an_attribute_of_the_package(name):
    """The test runs in a new process, because any import of the module adds the attribute."""
    assert (
        run(f"import cognito_credentials as cc; print(cc.{name}.__name__)").strip().endswith(name)
    )


def test_an_unknown_name_raises_attribute_error():
    with pytest.raises(AttributeError, match="'nothing'"):
        cognito_credentials.nothing
    assert not hasattr(cognito_credentials, "nothing")


def test_a_star_import_imports_every_public_name():
    assert set(run("from cognito_credentials import *; print(*sorted(globals()))").split()) >= NAMES


EXPENSIVE_MODULES = (
    "aiohttp",
    "asyncio",
    "boto3",
    "botocore",
    "configparser",
    "dataclasses",
    "importlib",
    "inspect",
    "logging",
    "moto",
    "typing",
    "urllib3",
)
CREATE_PROVIDER = (
    "import cognito_credentials as c;"
    "p = c.from_cognito_identity_pool('us-east-1:1699ebc0-7900-4099-b910-2df94f52a030')"
)


def expensive_imports_of(statement, names=EXPENSIVE_MODULES):
    """Return the expensive modules that a statement imports in a new process."""
    program = (
        f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules)-before))"
    )
    return sorted(set(run(program).split()) & set(names))


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("import cognito_credentials", id="package"),
        pytest.param("import cognito_credentials.errors", id="errors"),
        pytest.param("import cognito_credentials.logins", id="logins"),
        pytest.param(CREATE_PROVIDER, id="provider"),
        pytest.param(f"{CREATE_PROVIDER}; p.cached()", id="cache"),
    ],
)
def test_the_path_to_first_credentials_imports_no_expensive_module(statement):
    assert expensive_imports_of(statement) == []


def test_a_provider_without_basic_flow_imports_no_module_of_the_basic_flow():
    names = ("cognito_credentials._core.basic", "cognito_credentials._core.wire_sts")
    assert expensive_imports_of(CREATE_PROVIDER, names) == []


def test_importing_the_package_imports_two_modules():
    program = (
        "import sys, cognito_credentials; print(*(n for n in sys.modules if n.startswith('cog')))"
    )
    assert set(run(program).split()) == {"cognito_credentials", "cognito_credentials._version"}


def test_the_async_module_imports_no_optional_library():
    assert not {"aiohttp", "boto3"} & set(expensive_imports_of("import cognito_credentials.aio"))
