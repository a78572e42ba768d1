"""Every public annotation must resolve at run time, and only to types that users can import."""

from __future__ import annotations

import functools
import importlib
import inspect
import pickle
import pkgutil
import sys
import types
import typing

import pytest
from cases import check_each

import cognito_credentials

PACKAGE = "cognito_credentials"
# Constructors that only this package calls may take internal types.
INTERNAL_CONSTRUCTORS = {
    "AiohttpTransport.__init__",
    "AsyncCognitoCredentialProvider.__init__",
    "CognitoCredentialProvider.__init__",
    "DirectTransport.__init__",
    "Urllib3Transport.__init__",
}


def is_public(module_name):
    return not any(part.startswith("_") for part in module_name.split("."))


def public_modules(excluded):
    """Return the public modules, except those whose names begin with a prefix in `excluded`."""
    names = [
        module.name
        for module in pkgutil.walk_packages(cognito_credentials.__path__, f"{PACKAGE}.")
        if is_public(module.name) and not module.name.startswith(excluded)
    ]
    return [cognito_credentials, *map(importlib.import_module, names)]


def public_objects():
    # Users import the emulator from its package, not from the modules in it.
    for module in public_modules(excluded=(f"{PACKAGE}.cli", f"{PACKAGE}.emulator.")):
        for name in module.__all__:
            yield module.__name__, name, getattr(module, name)


def public_classes_and_functions():
    return [
        (name, value)
        for _, name, value in public_objects()
        if inspect.isclass(value) or inspect.isfunction(value)
    ]


def functions_of(kind):
    """Yield the public methods of a class, including inherited methods."""
    overridden: set[str] = set()
    for base in kind.__mro__:
        if not base.__module__.startswith(PACKAGE):
            continue
        members = {name: value for name, value in vars(base).items() if name not in overridden}
        overridden |= members.keys()
        for name, attribute in members.items():
            member = attribute
            if name.startswith("_") and not name.startswith("__"):
                continue
            if isinstance(member, staticmethod | classmethod):
                member = member.__func__
            elif isinstance(member, property | functools.cached_property):
                member = getattr(member, "fget", None) or member.func
            if inspect.isfunction(member):
                yield f"{kind.__name__}.{name}", member


def annotated_objects():
    for module_name, name, value in public_objects():
        if inspect.isclass(value):
            yield f"{module_name}.{name}", value
            for qualified_name, function in functions_of(value):
                yield f"{module_name}.{qualified_name}", function
        elif inspect.isfunction(value):
            yield f"{module_name}.{name}", value


ANNOTATED = dict(annotated_objects())


@check_each("name", ANNOTATED)
def test_every_public_annotation_resolves_at_run_time(name):
    typing.get_type_hints(ANNOTATED[name])


def named_types(hint):
    """Yield the classes in a resolved annotation."""
    for part in hint if isinstance(hint, list) else typing.get_args(hint):
        yield from named_types(part)
    if inspect.isclass(hint) and not isinstance(hint, types.GenericAlias):
        yield hint
    elif inspect.isclass(typing.get_origin(hint)):
        yield typing.get_origin(hint)


@functools.cache
def importable_types():
    """Return every class that a public module exports."""
    found = set()
    for module in public_modules(excluded=f"{PACKAGE}.cli"):
        names = getattr(module, "__all__", None) or [n for n in vars(module) if n[0] != "_"]
        found.update(id(getattr(module, name)) for name in names)
    return found


@check_each("name", ANNOTATED)
def test_types_in_public_annotations_can_be_imported(name):
    if name.endswith(tuple(INTERNAL_CONSTRUCTORS)):
        return
    hidden = {
        kind
        for parameter, hint in typing.get_type_hints(ANNOTATED[name]).items()
        if parameter != "self" and not parameter.startswith("_")
        for kind in named_types(hint)
        if kind.__module__.startswith(PACKAGE) and id(kind) not in importable_types()
    }
    assert hidden == set()


@check_each("name, value", public_classes_and_functions)
def test_public_objects_report_a_module_that_users_import(name, value):
    assert value.__qualname__ == name
    assert is_public(value.__module__)
    assert getattr(sys.modules[value.__module__], name) is value


@check_each("name, value", public_classes_and_functions)
def test_public_objects_can_be_pickled_by_reference(name, value):
    assert pickle.loads(pickle.dumps(value)) is value  # noqa: S301


@pytest.mark.parametrize("name", ["Boto3Session", "BotocoreSession", "AioSession"])
def test_session_types_resolve_to_any_without_their_library(name, monkeypatch):
    from cognito_credentials import _typing

    for library in ("boto3", "botocore.session", "aiobotocore.session"):
        monkeypatch.setitem(sys.modules, library, None)
    assert getattr(_typing, name) is typing.Any


def test_the_module_of_annotations_rejects_unknown_names():
    from cognito_credentials import _typing

    with pytest.raises(AttributeError, match="'Nothing'"):
        _typing.Nothing
