from __future__ import annotations

import pytest

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._libraries import library


def test_a_missing_library_is_answered_with_the_pip_line():
    with (
        pytest.raises(ConfigurationError) as caught,
        library("no_such_library", extra="extra"),
    ):
        import no_such_library.session  # noqa: F401
    assert str(caught.value) == (
        "no_such_library is not installed. "
        'Hint: Install it with: pip install "cognito-credentials[extra]"'
    )
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_a_library_that_misses_something_itself_keeps_its_own_error():
    with (
        pytest.raises(ModuleNotFoundError, match="what_it_needs"),
        library("some_library", extra="extra"),
    ):
        import what_it_needs  # noqa: F401


def test_the_modules_import_no_library():
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
