from __future__ import annotations

import sys

import pytest

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations import aioboto3, aiobotocore

# aioboto3 requires an older aiobotocore than the development environment has. Therefore,
# tests/integrations/test_other_versions.py tests it in a separate environment.


def test_a_missing_library_raises_an_error_with_the_pip_command(create_async_provider, monkeypatch):
    monkeypatch.setitem(sys.modules, "aioboto3", None)
    with pytest.raises(ConfigurationError, match="aioboto3") as caught:
        aioboto3.session(create_async_provider())
    assert 'pip install aioboto3 "cognito-credentials[aiobotocore]"' in caught.value.hint


def test_install_is_the_function_of_the_aiobotocore_integration():
    assert aioboto3.install is aiobotocore.install
