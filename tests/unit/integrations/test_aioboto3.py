from __future__ import annotations

import sys

import pytest

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations import aioboto3, aiobotocore

# aioboto3 pins an older aiobotocore than the development environment has: what it does is tested
# in its own environment, by tests/integrations/test_other_versions.py.


def test_without_the_library_says_what_to_install(aiobotocore_provider, monkeypatch):
    monkeypatch.setitem(sys.modules, "aioboto3", None)
    with pytest.raises(ConfigurationError, match="aioboto3 is not installed") as caught:
        aioboto3.session(aiobotocore_provider())
    assert 'pip install aioboto3 "cognito-credentials[aiobotocore]"' in caught.value.hint


def test_installs_as_aiobotocore_does():
    assert aioboto3.install is aiobotocore.install
