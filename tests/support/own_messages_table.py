"""Table of this package's messages, which `make docs` extracts from the source for `explain`.

A message is a sequence of constant parts, between which values may be inserted.
"""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cognito_credentials
from cognito_credentials import errors
from cognito_credentials._core.hints import Hint

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(cognito_credentials.__file__).parent
TABLE = PACKAGE / "cli" / "explanations" / "own_messages.json"
CLASSES = {
    name: kind.reason
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.CognitoCredentialsError)
}
CLASSES["IssuerError"] = errors.LoginTokenError.reason
DOCTOR_METHOD = "add_failure"  # A method of `checks.report.Report`.
MAX_DEPTH = 2  # Maximum number of names that are resolved, one after another, to find a string.
MIN_LETTERS = 8  # Messages with fewer letters could come from other programs.
MIN_HINT_LETTERS = 8
MIN_WORDS = 2


class _Site(NamedTuple):
    """Place in the source code that creates a message."""

    parts: list[str]
    reason: str
    hint: ast.expr | None
    scope: _Scope


class _Scope(NamedTuple):
    """A module, the values that it assigns to names, and its functions that return errors."""

    module: str
    assigned: dict[str, list[ast.expr]]
    factories: dict[str, str]


def render_table() -> str:
    """Return the table as JSON: on each line, the parts, the reason and the hint of a message."""
    hints: dict[tuple[tuple[str, ...], str], str] = {}
    for scope, calls in _parse_package():
        for site in (site for call in calls for site in _sites_of(call, scope)):
            if _count_letters("".join(site.parts)) >= MIN_LETTERS:
                key = (tuple(site.parts), site.reason)
                hints[key] = hints.get(key) or _hint_text(site)
    rows = (json.dumps([*key, hint], ensure_ascii=False) for key, hint in sorted(hints.items()))
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _count_letters(text: str) -> int:
    return len(re.findall(r"[a-z]", text))


@cache
def _parse_package() -> list[tuple[_Scope, list[ast.Call]]]:
    """Return the scope and the calls of each module of the package."""
    parsed: list[tuple[_Scope, list[ast.Call]]] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        scope = _Scope(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts), {}, {})
        for node in nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    for name, value in _pairs(target, node.value):
                        scope.assigned.setdefault(_name_of(name), []).append(value)
            elif isinstance(node, ast.FunctionDef) and _name_of(node.returns) in CLASSES:
                scope.factories[node.name] = CLASSES[_name_of(node.returns)]
        parsed.append((scope, [node for node in nodes if isinstance(node, ast.Call)]))
    return parsed


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield the targets and values of an assignment, including those in tuples."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=False)
    else:
        yield target, value


def _sites_of(call: ast.Call, scope: _Scope) -> Iterator[_Site]:
    """Yield a site for each message that a call may create."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    name, messages, hint, reason = _name_of(call.func), call.args[:1], keywords.get("hint"), ""
    if name in CLASSES:
        own = keywords.get("reason")
        reason = str(own.value) if isinstance(own, ast.Constant) else CLASSES[name]
    elif name in scope.factories:
        reason, messages = scope.factories[name], call.args
    elif name == DOCTOR_METHOD and len(call.args) == 3:
        messages, hint = call.args[1:2], call.args[2]
    else:
        return
    for message in messages:
        for parts in _alternatives(message, scope):
            normalized = [" ".join(part.lower().split()) for part in parts]
            used = [part for part in normalized if part]
            if (
                len(" ".join(used).split()) >= MIN_WORDS
            ):  # An argument may be a name instead of a string.
                yield _Site(used, reason, hint, scope)


def _alternatives(node: ast.expr, scope: _Scope, depth: int = 0) -> list[list[str]]:
    """Return the possible values of a string expression, each as a list of its constant parts."""
    if isinstance(node, ast.Constant):
        return [[node.value]] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        parts = [""]
        for value in node.values:
            if isinstance(value, ast.Constant):
                parts[-1] += str(value.value)
            else:
                parts.append("")
        # In f"{file} {problem}", the constant text is the value of one of the names.
        names = [value.value for value in node.values if isinstance(value, ast.FormattedValue)]
        has_text = any(_count_letters(part.lower()) > 1 for part in parts)
        values = [] if has_text else names
        return [parts, *(each for name in values for each in _alternatives(name, scope, depth))]
    if isinstance(node, ast.BinOp):
        left, right = (_alternatives(side, scope, depth) for side in (node.left, node.right))
        return [[*first, *second] for first in left for second in right]
    if isinstance(node, ast.IfExp):
        branches = (node.body, node.orelse)
        return [parts for each in branches for parts in _alternatives(each, scope, depth)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # "…".rstrip()
        return _alternatives(node.func.value, scope, depth)
    if isinstance(node, ast.Name | ast.Attribute) and depth < MAX_DEPTH:
        values = scope.assigned.get(_name_of(node), [])
        return [parts for value in values for parts in _alternatives(value, scope, depth + 1)]
    return []


def _hint_text(site: _Site) -> str:
    """Return the hint that a site creates; "" if only running the code would reveal it."""
    node, scope = site.hint, site.scope
    if isinstance(node, ast.BoolOp):  # `own_hint or "..."`
        node = node.values[-1]
    if isinstance(node, ast.Name | ast.Attribute):
        values = _values_of(node, scope)
        node = values[0] if len(values) == 1 else None
    if isinstance(node, ast.Call) and _name_of(node.func) == "Hint":
        template = {keyword.arg: keyword.value for keyword in node.keywords}.get("for_command")
        texts = _alternatives(template or node.args[0], scope)
        return Hint("", for_command=texts[0][0]).for_command if texts else ""
    texts = _alternatives(node, scope) if node else []
    text = "…".join(texts[0]) if len(texts) == 1 else ""
    is_readable = text.count("…") <= 1 and not text.startswith("…")
    return text if is_readable and _count_letters(text.lower()) >= MIN_HINT_LETTERS else ""


def _values_of(node: ast.Name | ast.Attribute, scope: _Scope) -> list[ast.expr]:
    """Return the values that are assigned to a name, or to an attribute of a module or `self`."""
    name, owner = _name_of(node), _name_of(getattr(node, "value", None))
    if name in scope.assigned and owner in ("", "self"):
        return scope.assigned[name]
    return [
        value
        for other, _ in _parse_package()
        if not owner or other.module.endswith(f".{owner}")
        for value in other.assigned.get(name, [])
    ]


def _name_of(node: ast.expr | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


if __name__ == "__main__":
    TABLE.write_text(render_table(), encoding="utf-8")
