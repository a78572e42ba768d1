"""Callbacks that request the same credentials that they are called to fetch."""

from __future__ import annotations

import pytest
from harness import FACEBOOK, FACEBOOK_TOKEN, OTHER

from cognito_credentials.errors import ConfigurationError


@pytest.mark.parametrize("callback", ["on_identity_change", "supplier"])
def test_a_deadlock_is_an_error(side, callback):
    cache = []

    def get(*_):
        return cache[0].get()

    async def get_async(*_):
        return await cache[0].get()

    function = get if side.is_sync else get_async
    arguments = (
        {"on_identity_change": function, "logins": {FACEBOOK: FACEBOOK_TOKEN}}
        if callback == "on_identity_change"
        else {"logins": {FACEBOOK: function}}
    )
    subject = side.pool([side.id_response(), side.credentials(OTHER)], **arguments)
    cache.append(subject.provider.cached())
    with pytest.raises(ConfigurationError, match="deadlock"):
        subject.get()
