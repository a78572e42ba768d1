from __future__ import annotations

import pytest

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._libraries import require_library


def test_a_missing_library_raises_an_error_with_the_pip_command():
    with (
        pytest.raises(ConfigurationError) as caught,
        require_library("no_such_library", extra="extra"),
    ):
        import no_such_library.session  # noqa: F401
    assert "no_such_library" in caught.value.message
    assert 'pip install "cognito-credentials[extra]"' in caught.value.hint
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_a_missing_dependency_of_a_library_raises_the_original_error():
    with (
        pytest.raises(ModuleNotFoundError, match="its_dependency"),
        require_library("some_library", extra="extra"),
    ):
        import its_dependency  # noqa: F401


def test_importing_the_integrations_imports_no_library():
    import subprocess
    import sys

    program = (
        "import sys\n"
        "from cognito_credentials.integrations import aioboto3, aiobotocore, boto3\n"
        "print({'boto3', 'botocore', 'aiobotocore', 'aioboto3'} & sys.modules.keys())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"
