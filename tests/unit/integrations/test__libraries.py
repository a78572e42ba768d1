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


def test_a_library_that_is_too_old_raises_an_error_with_the_pip_command():
    with (
        pytest.raises(ConfigurationError) as caught,
        require_library("pytest", extra="extra", minimum="999.1"),
    ):
        pass
    assert "999.1" in caught.value.message
    assert 'pip install "pytest>=999.1"' in caught.value.hint


@pytest.mark.parametrize("minimum", ["", "1", "8.0.0rc1"])
def test_a_library_that_is_new_enough_is_accepted(minimum):
    with require_library("pytest", extra="extra", minimum=minimum):
        pass


@pytest.mark.parametrize("minimum", ["", "2"])
def test_a_missing_library_raises_an_error_whatever_its_minimum_version(minimum):
    with (
        pytest.raises(ConfigurationError) as caught,
        require_library("no_such_library", extra="extra", minimum=minimum),
    ):
        import no_such_library  # noqa: F401
    assert 'pip install "cognito-credentials[extra]"' in caught.value.hint


@pytest.mark.parametrize(("python", "extra"), [("3.99", False), ("3.11", True), ("", True)])
def test_an_extra_that_installs_nothing_on_this_python_is_not_recommended(python, extra):
    with (
        pytest.raises(ConfigurationError) as caught,
        require_library("no_such_library", extra="extra", python=python),
    ):
        import no_such_library  # noqa: F401
    assert ("pip install" in caught.value.hint) is extra
    assert ("requires Python 3.99 or later" in caught.value.message) is not extra


def test_importing_the_integrations_imports_no_library():
    import subprocess
    import sys

    program = (
        "import sys\n"
        "from cognito_credentials import integrations\n"
        "modules = [getattr(integrations, name) for name in integrations.__all__]\n"
        "libraries = {'botocore', *integrations.__all__}\n"
        "print(libraries & sys.modules.keys() or len(modules) > 3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "True\n"
