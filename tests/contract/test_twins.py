"""The two sides say the same: same files, same functions, same arguments, same documentation."""

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
AWAITED_NAMES = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__"}
# Of threads and forks alone.
SYNC_ONLY = {"Flight", "reset"}


def module(side, name):
    return importlib.import_module(f"cognito_credentials.{side}.{name.removesuffix('.py')}")


def classes(side, name):
    tree = ast.parse((ROOT / side / name).read_text())
    return {
        node.name.removeprefix("Async"): getattr(module(side, name), node.name)
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name not in SYNC_ONLY
    }


def public(kind):
    return {
        name: value
        for name, value in vars(kind).items()
        if (not name.startswith("_") or name in AWAITED_NAMES or name in AWAITED_NAMES.values())
        or name in ("__init__", "__call__", "__repr__")
        if name not in SYNC_ONLY
    }


def parameters(function):
    return [
        (name, parameter.kind, parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in SYNC_ONLY
    ]


def test_both_sides_have_the_same_files():
    assert sorted(path.name for path in (ROOT / "_aio").glob("*.py")) == FILES


@pytest.mark.parametrize("name", FILES)
def test_both_sides_have_the_same_classes(name):
    assert set(classes("_sync", name)) == set(classes("_aio", name))


PAIRS = [
    pytest.param(kind, classes("_aio", name)[kind.__name__], id=kind.__name__)
    for name in FILES
    for kind in classes("_sync", name).values()
]


@pytest.mark.parametrize(("sync", "awaited"), PAIRS)
def test_both_classes_have_the_same_methods_with_the_same_arguments(sync, awaited):
    ours, theirs = public(sync), public(awaited)
    assert {AWAITED_NAMES.get(name, name) for name in ours} == set(theirs)
    for name, method in ours.items():
        if callable(method):
            assert parameters(method) == parameters(theirs[AWAITED_NAMES.get(name, name)]), name


FUNCTIONS = ["from_cognito_identity", "from_cognito_identity_pool"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_both_functions_take_the_same_and_say_the_same(name):
    ours = getattr(cognito_credentials, name)
    theirs = getattr(importlib.import_module("cognito_credentials.aio"), name)
    assert parameters(ours) == parameters(theirs)
    assert inspect.getdoc(ours) == inspect.getdoc(theirs)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_is_explained(name):
    function = getattr(cognito_credentials, name)
    explained = re.findall(r"^ +(\w+): ", inspect.getdoc(function), re.MULTILINE)
    expected = list(inspect.signature(function).parameters)
    assert explained[: len(expected)] == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_only_the_id_may_be_given_without_its_name(name):
    kinds = [
        p.kind for p in inspect.signature(getattr(cognito_credentials, name)).parameters.values()
    ]
    assert kinds[0] is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert set(kinds[1:]) == {inspect.Parameter.KEYWORD_ONLY}


def test_no_side_imports_the_other():
    for side, other in (("_sync", "_aio"), ("_aio", "_sync")):
        for path in (ROOT / side).glob("*.py"):
            assert f"cognito_credentials.{other}" not in path.read_text(), path


@pytest.mark.parametrize("name", ["cache.py", "provider.py"])
def test_what_differs_between_twins_is_little(name):
    """A rule that is changed on one side only shows here as lines that have no twin."""
    ours, theirs = (
        {
            re.sub(
                r"\b(async|await) |\bAsync|async_|\ba(?=close|wait|exit|enter)|\.aio\b", "", line
            ).strip()
            for line in (ROOT / side / name).read_text().splitlines()
            if not line.strip().startswith(("from ", "import ", '"""', "#"))
        }
        for side in ("_sync", "_aio")
    )
    assert len(ours ^ theirs) <= 24, sorted(ours ^ theirs)
