"""The public names: which there are, and what naming them costs."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import cognito_credentials
from cognito_credentials import aio

NAMES = {
    "BasicFlow",
    "ClientConfig",
    "CognitoCredentialProvider",
    "CognitoCredentialsError",
    "CommandToken",
    "CredentialBroker",
    "Credentials",
    "CredentialsCache",
    "DeveloperIdentity",
    "EnvironmentToken",
    "FileToken",
    "IdentityChange",
    "Quotas",
    "RefreshPolicy",
    "__version__",
    "from_cognito_identity",
    "from_cognito_identity_pool",
    "login_from_id_token",
    "token_subject",
}
AWAITED = {
    "AsyncCognitoCredentialProvider",
    "AsyncCredentialBroker",
    "AsyncCredentialsCache",
    "from_cognito_identity",
    "from_cognito_identity_pool",
}


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_public_names_are_these():
    assert set(cognito_credentials.__all__) == NAMES
    assert set(dir(cognito_credentials)) == NAMES
    assert set(aio.__all__) == AWAITED


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_name_is_found_where_it_is_at_home(name):
    value = getattr(cognito_credentials, name)
    if name != "__version__":
        home = importlib.import_module(f"cognito_credentials.{cognito_credentials._HOMES[name]}")
        assert getattr(home, name) is value
    assert getattr(cognito_credentials, name) is value


def test_every_lazy_name_is_public():
    assert set(cognito_credentials._HOMES) | {"__version__"} == NAMES


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'nothing'"):
        cognito_credentials.nothing
    assert not hasattr(cognito_credentials, "nothing")


def test_a_star_import_brings_all_of_them():
    assert set(run("from cognito_credentials import *; print(*sorted(globals()))").split()) >= NAMES


HEAVY = (
    "aiohttp",
    "asyncio",
    "boto3",
    "botocore",
    "configparser",
    "dataclasses",
    "inspect",
    "logging",
    "moto",
    "typing",
    "urllib3",
)


def imported_by(statement, names=HEAVY):
    # -S would lose the package itself; -X importtime would cost a parser.
    program = (
        f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules)-before))"
    )
    return sorted(set(run(program).split()) & set(names))


def test_importing_the_package_brings_nothing_heavy():
    assert imported_by("import cognito_credentials") == []


def test_importing_the_package_brings_two_modules():
    program = (
        "import sys, cognito_credentials; print(*(n for n in sys.modules if n.startswith('cog')))"
    )
    assert set(run(program).split()) == {"cognito_credentials", "cognito_credentials._version"}


MAKE = (
    "import cognito_credentials as c;"
    "p = c.from_cognito_identity_pool('us-east-1:1699ebc0-7900-4099-b910-2df94f52a030')"
)


def test_making_a_sync_provider_brings_nothing_of_the_others():
    assert imported_by(MAKE) == []


def test_a_cache_brings_nothing_heavy_either():
    assert imported_by(f"{MAKE}; p.cached()") == []


def test_errors_cost_next_to_nothing():
    assert imported_by("import cognito_credentials.errors") == []


def test_the_awaited_side_brings_aiohttp_only_when_a_provider_is_made():
    assert "aiohttp" not in imported_by("import cognito_credentials.aio")
    assert "boto3" not in imported_by("import cognito_credentials.aio")
