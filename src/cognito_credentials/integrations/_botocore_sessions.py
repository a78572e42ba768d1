"""Sessions of botocore that share what does not depend on the user."""

from __future__ import annotations

from typing import Any, TypeVar

import botocore.session
from botocore.hooks import HierarchicalEmitter

from cognito_credentials.integrations._shared_handlers import create_emitter
from cognito_credentials.integrations._shared_models import create_shared_loader

SessionType = TypeVar("SessionType", bound=botocore.session.Session)


def create_session(
    session_class: type[SessionType],
    emitter_class: type[HierarchicalEmitter] = HierarchicalEmitter,
    **options: Any,
) -> SessionType:
    """Create a session that shares models, event handlers and client methods with other sessions.

    Args:
        session_class: `botocore.session.Session` or a subclass.
        emitter_class: The emitter that the session class creates by default.
        **options: Arguments of the session class.
    """
    if not {"event_hooks", "include_builtin_handlers"} & options.keys():
        emitter = create_emitter(emitter_class)
        if emitter is not None:
            options |= {"event_hooks": emitter, "include_builtin_handlers": False}
    session = session_class(**options)
    # Created on first use, when the profile of the session is known, which may set the data path.
    session.lazy_register_component(
        "data_loader", lambda: create_shared_loader(session.get_config_variable("data_path"))
    )
    return session
