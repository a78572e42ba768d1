"""SECURITY.md must name tests for each promise, and the tests must exist."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest
from cases import check_each

from cognito_credentials.cli import dispatch

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
SECTIONS = ("What the library guarantees", "The emulator is for tests")
REFERENCE = re.compile(r"^  - `(tests/[\w/]+\.py)::(test_\w+)`$", re.MULTILINE)
PROMISE = re.compile(r"^- \*\*(.+?)\*\*(.*?)(?=^- \*\*|\Z)", re.MULTILINE | re.DOTALL)
UNVERIFIED_TLS = re.compile(
    r"CERT_NONE|CERT_OPTIONAL|_create_unverified_context|check_hostname\s*=\s*False"
    r"|assert_hostname\s*=\s*False|verify(_ssl)?\s*=\s*False|ssl\s*=\s*False"
)
NOT_RUN = {"skip", "skipif", "xfail"}

# Options that accept the source of a secret instead of the secret itself.
SOURCES = {"--admin-file", "--client-secret", "--login", "--token-file"}
SECRET = re.compile(r"secret|token|password|passphrase|credential|-key|login|auth")


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


PROMISES = {
    title: REFERENCE.findall(text)
    for text in map(section, SECTIONS)
    for title, text in PROMISE.findall(text)
}
REFERENCES = sorted({reference for found in PROMISES.values() for reference in found})


@functools.cache
def parse(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def find_test(path: str, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    tree = parse(path)
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return next(
        (node for node in tree.body if isinstance(node, functions) and node.name == name), None
    )


def test_promises_are_found() -> None:
    assert len(PROMISES) >= 14
    assert len(REFERENCES) >= 40
    # References in any other form would be missing from REFERENCES.
    assert PAGE.count("::test_") == sum(map(len, PROMISES.values()))


def test_no_module_turns_off_the_verification_of_certificates() -> None:
    """Users can turn off the verification with options of redis-py; the promise does not cover them."""
    sources = {
        path: path.read_text(encoding="utf-8")
        for path in (ROOT / "src").rglob("*.py")
        if path.name != "_redis_clients.py"
    }
    assert [path for path, source in sources.items() if UNVERIFIED_TLS.search(source)] == []


@check_each("promise", PROMISES)
def test_every_promise_names_its_tests(promise: str) -> None:
    assert PROMISES[promise]


@check_each("path, name", REFERENCES)
def test_a_named_test_exists_and_runs(path: str, name: str) -> None:
    assert (ROOT / path).is_file()
    function = find_test(path, name)
    assert function is not None, f"{path} has no {name}"
    marks = {
        node.attr
        for decorator in function.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.Attribute)
    }
    assert not marks & NOT_RUN


@pytest.mark.parametrize("subcommand", dispatch.SUBCOMMANDS)
def test_no_option_takes_a_secret(subcommand: str) -> None:
    """Other tests check that `--login` and `--client-secret` accept sources only."""
    parser = dispatch.create_parser(subcommand)
    options = {
        option
        for action in parser._actions
        if action.nargs != 0
        for option in action.option_strings
        if SECRET.search(option)
    }
    assert options <= SOURCES
