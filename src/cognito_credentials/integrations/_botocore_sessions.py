"""Sessions of botocore that share what does not depend on the user."""

from __future__ import annotations

from typing import Any, TypeVar

import botocore.session
from botocore.credentials import CredentialResolver
from botocore.hooks import HierarchicalEmitter

from cognito_credentials.integrations._shared_handlers import create_emitter
from cognito_credentials.integrations._shared_models import SharedLoader, create_shared_loader


class SharingSession(botocore.session.Session):
    """Session whose clients share the compiled endpoint rules of their service."""

    def create_client(self, *args: Any, **kwargs: Any) -> Any:
        return share_endpoint_rules(super().create_client(*args, **kwargs), self)


# By search paths of the models, service and API version.
_endpoint_providers: dict[tuple[Any, ...], Any] = {}


def share_endpoint_rules(client: Any, session: Any) -> Any:
    """Replace the endpoint rules of a new client by equal ones that all clients share.

    The rules of S3 are 400 objects, which each full garbage collection visits. The results of the
    rules are cached with them, so that they are computed once for all clients.
    """
    loader = session.get_component("data_loader")
    resolver: Any = getattr(client, "_ruleset_resolver", None)  # None: a service without rules
    provider = getattr(resolver, "_provider", None)
    if provider is not None and isinstance(loader, SharedLoader):
        model = client.meta.service_model
        key = (*loader.search_paths, model.service_name, model.api_version)
        resolver._provider = _endpoint_providers.setdefault(key, provider)  # noqa: SLF001
    return client


SessionType = TypeVar("SessionType", bound=botocore.session.Session)


def create_session(
    session_class: type[SessionType],
    emitter_class: type[HierarchicalEmitter] = HierarchicalEmitter,
    resolver_class: type[CredentialResolver] = CredentialResolver,
    **options: Any,
) -> SessionType:
    """Create a session that shares models, event handlers and client methods with other sessions.

    Args:
        session_class: `botocore.session.Session` or a subclass.
        emitter_class: The emitter that the session class creates by default.
        resolver_class: The resolver that the session class creates by default. It gets no
            providers, because the provider of this package always returns credentials.
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
    session.register_component("credential_provider", resolver_class([]))
    return session
