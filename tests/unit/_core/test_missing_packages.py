from __future__ import annotations

import pytest

from cognito_credentials._core.missing_packages import missing_package


@pytest.mark.parametrize("package", ["redis", ModuleNotFoundError(name="redis.asyncio")])
def test_the_hint_is_the_pip_command(package):
    error = missing_package(package, extra="redis")
    assert error.message == "redis is not installed"
    assert error.hint.endswith('pip install "cognito-credentials[redis]"')


def test_other_requirements_come_first():
    error = missing_package("aioboto3", extra="aiobotocore", others="aioboto3")
    assert error.hint.endswith('pip install aioboto3 "cognito-credentials[aiobotocore]"')
