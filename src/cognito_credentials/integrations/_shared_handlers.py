"""Event handlers and client methods that all sessions in a process share.

botocore registers 130 handlers for each session, copies them for each client, and creates a
function and a docstring for each operation of each client. Together, these objects take more memory
than the rest of a client. With this module, sessions and clients share the handlers until a session
or client changes its handlers, and all clients for a service share the functions and docstrings.
"""

from __future__ import annotations

import copy
import functools
from types import FunctionType
from typing import Any

from botocore import handlers, hooks
from botocore.hooks import EventAliaser, HierarchicalEmitter

# These are private names; test_minimum_versions.py checks that the oldest supported botocore has
# them. If another version lacks them, each session has its own handlers.
_NodeList: Any = getattr(hooks, "NodeList", None)
_PrefixTrie: Any = getattr(hooks, "_PrefixTrie", None)


if _PrefixTrie is not None:

    class SharedTrie(_PrefixTrie):  # type: ignore[misc]
        """Handlers by event name. Copies share their nodes; a change first copies the nodes above it."""

        def append_item(self, key: str, value: Any, **section: int) -> None:
            self._copy_path(key)
            super().append_item(key, value, **section)  # pyright: ignore[reportUnknownMemberType]

        def remove_item(self, key: str, value: Any) -> None:
            self._copy_path(key)
            super().remove_item(key, value)  # pyright: ignore[reportUnknownMemberType]

        def _copy_path(self, key: str) -> None:
            node: dict[str, Any] = dict(self._root)  # type: ignore[has-type]
            self._root = node
            for part in key.split("."):
                children = node["children"] = dict(node["children"])
                if part not in children:
                    return
                node = children[part] = dict(children[part])
                if node["values"] is not None:
                    node["values"] = _NodeList(*map(list, node["values"]))

        def __copy__(self) -> SharedTrie:
            trie = type(self)()
            trie._root = self._root  # noqa: SLF001 - defined in this class
            return trie


class _Template:
    """Emitter with all handlers that botocore registers for a new session."""

    def __init__(self, emitter_class: type[HierarchicalEmitter]) -> None:
        self.specifications = list(handlers.BUILTIN_HANDLERS)
        self.emitter: Any = emitter_class()
        self.emitter._handlers = SharedTrie()  # type: ignore[attr-defined]  # noqa: SLF001
        aliaser = EventAliaser(self.emitter)
        register = {
            None: aliaser.register,
            handlers.REGISTER_FIRST: aliaser.register_first,
            handlers.REGISTER_LAST: aliaser.register_last,
        }
        for event_name, handler, *order in self.specifications:
            register[order[0] if order else None](event_name, handler)
        self.emitter.register_first("creating-client-class", share_methods)

    def is_current(self) -> bool:
        # The list can change: moto, for example, adds a handler when it is imported.
        return self.specifications == handlers.BUILTIN_HANDLERS


_templates: dict[type[HierarchicalEmitter], _Template] = {}


def create_emitter(emitter_class: type[HierarchicalEmitter]) -> Any:
    """Create an emitter for a session with `include_builtin_handlers=False`.

    Returns:
        The emitter, or None if this version of botocore lacks the private names that this module
        uses.
    """
    if _PrefixTrie is None:  # pragma: no cover - no released version
        return None
    template = _templates.get(emitter_class)
    if template is None or not template.is_current():
        template = _templates[emitter_class] = _Template(emitter_class)
    return copy.copy(template.emitter)


# The keys are event name, API version, method name and operation name.
_methods: dict[tuple[str, ...], FunctionType] = {}


def share_methods(class_attributes: dict[str, Any], event_name: str, **_: object) -> None:
    """Replace the methods of a new client class with equal methods that all clients share."""
    for name, operation_name in class_attributes.get("_PY_TO_OP_NAME", {}).items():
        method = class_attributes.get(name)
        options = getattr(getattr(method, "__doc__", None), "_gen_kwargs", None)
        if not isinstance(method, FunctionType) or not options:
            continue  # a handler added this method, and may belong to a single session
        version = options["operation_model"].service_model.api_version
        key = (event_name, version, name, operation_name)
        shared = _methods.get(key)
        if shared is None:
            # botocore uses this emitter to generate the docstring. The original emitter belongs
            # to the first session.
            options["event_emitter"] = _documentation_emitter()
            shared = _methods[key] = method
        class_attributes[name] = shared


@functools.cache
def _documentation_emitter() -> EventAliaser:
    return EventAliaser(create_emitter(HierarchicalEmitter))
