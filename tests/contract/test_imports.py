"""Rules for imports that import-linter cannot express: no cycles, no `import_module`."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

from cases import check_each

import cognito_credentials

PACKAGE = "cognito_credentials"
ROOT = Path(cognito_credentials.__file__).parent

# `provider.cached()` creates a cache, which calls the provider.
EXPECTED_CYCLES = [
    {f"{PACKAGE}._aio.cache", f"{PACKAGE}._aio.provider"},
    {f"{PACKAGE}._sync.cache", f"{PACKAGE}._sync.provider"},
]
# Modules that import their public names on first use.
LAZY_FACADES = {"__init__.py", "integrations/__init__.py", "stores/__init__.py"}
# Modules that call `import_module`, but only for optional libraries.
LIBRARY_IMPORTERS = {
    "_sign_in/client.py",
    "_smithy_chain.py",
    "integrations/_libraries.py",
    "integrations/awscrt.py",
    "integrations/daft.py",
    "integrations/icechunk.py",
    "integrations/pyiceberg.py",
}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join([PACKAGE, *(part for part in parts if part != "__init__")])


SOURCES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


@functools.cache
def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def import_statements(node):
    """Yield the imports that can happen at run time, including those inside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif is_type_checking(child):
            for statement in child.orelse:
                yield from import_statements(statement)
        else:
            yield from import_statements(child)


def imported_modules(path):
    """Return the modules of this package that a file imports."""
    found = set()
    for statement in import_statements(parse(path)):
        if isinstance(statement, ast.Import):
            found.update(alias.name for alias in statement.names)
        else:
            for alias in statement.names:
                submodule = f"{statement.module}.{alias.name}"
                found.add(submodule if submodule in SOURCES else statement.module)
    return found & SOURCES.keys()


def strongly_connected(graph):
    """Return the groups of modules that import each other, found with Tarjan's algorithm."""
    indexes, lows, stack, groups = {}, {}, [], []

    def visit(node):
        indexes[node] = lows[node] = len(indexes)
        stack.append(node)
        for target in graph[node]:
            if target not in indexes:
                visit(target)
                lows[node] = min(lows[node], lows[target])
            elif target in stack:
                lows[node] = min(lows[node], indexes[target])
        if lows[node] == indexes[node]:
            group = set()
            while node not in group:
                group.add(stack.pop())
            groups.append(group)

    for node in graph:
        if node not in indexes:
            visit(node)
    return groups


def test_modules_do_not_import_each_other_in_cycles():
    graph = {name: imported_modules(path) for name, path in SOURCES.items()}
    cycles = [group for group in strongly_connected(graph) if len(group) > 1]
    assert sorted(cycles, key=min) == EXPECTED_CYCLES


def imports_by_name(tree):
    for node in ast.walk(tree):
        name = getattr(node, "attr", None) or getattr(node, "id", None)
        if name in {"__import__", "import_module"}:
            yield node
        if isinstance(node, ast.ImportFrom) and node.module == "importlib":
            yield from (alias for alias in node.names if alias.name == "import_module")


@check_each("name", SOURCES)
def test_no_module_imports_another_by_name(name):
    """import-linter does not detect imports with `import_module`."""
    path = SOURCES[name]
    found = [ast.unparse(node) for node in imports_by_name(parse(path))]
    if path.relative_to(ROOT).as_posix() in LAZY_FACADES:
        assert found == ["__import__"]
    elif path.relative_to(ROOT).as_posix() not in LIBRARY_IMPORTERS:
        assert found == []


def test_libraries_are_imported_by_literal_names():
    names = [
        ast.literal_eval(node.args[0])
        for path in SOURCES.values()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "import_login_module"
    ]
    assert names
    assert not [name for name in names if name.startswith(PACKAGE)]
