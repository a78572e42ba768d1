"""`_sync` and `_aio` must have the same files, functions, parameters and documentation."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import cognito_credentials

ROOT = Path(cognito_credentials.__file__).parent
FILES = sorted(path.name for path in (ROOT / "_sync").glob("*.py"))
ASYNC_NAMES = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__"}
# These names are only needed for threads and forks.
SYNC_ONLY = {"Flight", "Latch", "reset"}


def load_module(side, name):
    return importlib.import_module(f"cognito_credentials.{side}.{name.removesuffix('.py')}")


def classes(side, name):
    tree = ast.parse((ROOT / side / name).read_text())
    return {
        node.name.removeprefix("Async"): getattr(load_module(side, name), node.name)
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name not in SYNC_ONLY
    }


def public_members(kind):
    return {
        name: value
        for name, value in vars(kind).items()
        if (not name.startswith("_") or name in ASYNC_NAMES or name in ASYNC_NAMES.values())
        or name in ("__init__", "__call__", "__repr__")
        if name not in SYNC_ONLY
    }


def parameters(function):
    return [
        (name, parameter.kind, parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in SYNC_ONLY
    ]


def test_sync_and_async_packages_have_the_same_files():
    assert sorted(path.name for path in (ROOT / "_aio").glob("*.py")) == FILES


@pytest.mark.parametrize("name", FILES)
def test_sync_and_async_files_have_the_same_classes(name):
    assert set(classes("_sync", name)) == set(classes("_aio", name))


PAIRS = [
    pytest.param(kind, classes("_aio", name)[kind.__name__], id=kind.__name__)
    for name in FILES
    for kind in classes("_sync", name).values()
]


@pytest.mark.parametrize(("sync", "async_"), PAIRS)
def test_sync_and_async_classes_have_the_same_methods_and_parameters(sync, async_):
    sync_members, async_members = public_members(sync), public_members(async_)
    assert {ASYNC_NAMES.get(name, name) for name in sync_members} == set(async_members)
    for name, method in sync_members.items():
        if callable(method):
            assert parameters(method) == parameters(async_members[ASYNC_NAMES.get(name, name)]), (
                name
            )


FUNCTIONS = ["from_cognito_identity", "from_cognito_identity_pool"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sync_and_async_functions_have_the_same_parameters_and_documentation(name):
    sync_function = getattr(cognito_credentials, name)
    async_function = getattr(importlib.import_module("cognito_credentials.aio"), name)
    assert parameters(sync_function) == parameters(async_function)
    assert inspect.getdoc(sync_function) == inspect.getdoc(async_function)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_docstring_describes_every_parameter_in_order(name):
    function = getattr(cognito_credentials, name)
    described = re.findall(r"^ +(\w+): ", inspect.getdoc(function), re.MULTILINE)
    expected = list(inspect.signature(function).parameters)
    assert described[: len(expected)] == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_only_the_id_is_a_positional_parameter(name):
    kinds = [
        p.kind for p in inspect.signature(getattr(cognito_credentials, name)).parameters.values()
    ]
    assert kinds[0] is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert set(kinds[1:]) == {inspect.Parameter.KEYWORD_ONLY}


def test_sync_and_async_modules_do_not_import_each_other():
    for side, other in (("_sync", "_aio"), ("_aio", "_sync")):
        for path in (ROOT / side).glob("*.py"):
            assert f"cognito_credentials.{other}" not in path.read_text(), path


@pytest.mark.parametrize("name", ["cache.py", "provider.py"])
def test_sync_and_async_files_differ_in_few_lines(name):
    """If only one of the files is changed, it has lines that the other file lacks."""
    sync_lines, async_lines = (
        {
            re.sub(
                r"\b(async|await) |\bAsync|async_|\ba(?=close|wait|exit|enter)|\.aio\b", "", line
            ).strip()
            for line in (ROOT / side / name).read_text().splitlines()
            if not line.strip().startswith(("from ", "import ", '"""', "#"))
        }
        for side in ("_sync", "_aio")
    )
    assert len(sync_lines ^ async_lines) <= 24, sorted(sync_lines ^ async_lines)
