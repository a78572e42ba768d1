"""botocore sessions that share everything that does not depend on the user."""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore.credentials import CredentialResolver
from botocore.hooks import HierarchicalEmitter

from cognito_credentials.integrations._shared_handlers import create_emitter
from cognito_credentials.integrations._shared_models import SharedLoader, create_shared_loader


class SharingSession(botocore.session.Session):
    """Session whose clients share the compiled endpoint rules of their service."""

    def create_client(self, *args: Any, **kwargs: Any) -> Any:
        return share_endpoint_rules(super().create_client(*args, **kwargs), self)


# The keys are the search paths of the models, the service name and the API version.
_endpoint_providers: dict[tuple[Any, ...], Any] = {}


def share_endpoint_rules(client: Any, session: Any) -> Any:
    """Replace the endpoint rules of a new client with equal rules that all clients share.

    The rules for S3 consist of 400 objects, which every full garbage collection visits. botocore
    stores computed endpoints in the object that contains the rules, so with shared rules, each
    endpoint is computed once for all clients.
    """
    loader = session.get_component("data_loader")
    # A service without rules has no resolver.
    resolver: Any = getattr(client, "_ruleset_resolver", None)
    provider = getattr(resolver, "_provider", None)
    if provider is not None and isinstance(loader, SharedLoader):
        model = client.meta.service_model
        key = (*loader.search_paths, model.service_name, model.api_version)
        resolver._provider = _endpoint_providers.setdefault(key, provider)  # noqa: SLF001
    return client


def session_options(
    emitter_class: type[HierarchicalEmitter], options: dict[str, Any]
) -> dict[str, Any]:
    """Return the arguments for a session that shares event handlers and client methods.

    Args:
        emitter_class: Class of the emitter that the session creates by default.
        options: Other arguments for the session. If these options set event handlers, they are
            returned unchanged.
    """
    if {"event_hooks", "include_builtin_handlers"} & options.keys():
        return options
    emitter = create_emitter(emitter_class)
    if emitter is None:
        return options
    return {**options, "event_hooks": emitter, "include_builtin_handlers": False}


def share_models(
    session: botocore.session.Session, resolver_class: type[CredentialResolver]
) -> None:
    """Make a new session share models with other sessions, and remove its credential providers.

    Args:
        session: The session, which has not been used.
        resolver_class: Class of the resolver that the session creates by default. The new resolver
            gets no providers, because the provider of this package always returns credentials.
    """
    # The loader is created on first use. Until then, the session's profile, which may set the data
    # path, may be unknown.
    session.lazy_register_component(
        "data_loader", lambda: create_shared_loader(session.get_config_variable("data_path"))
    )
    session.register_component("credential_provider", resolver_class([]))


def create_session() -> SharingSession:
    """Create a session that shares everything that does not depend on the user."""
    session = SharingSession(**session_options(HierarchicalEmitter, {}))
    share_models(session, CredentialResolver)
    return session
