"""A callable of the user's that asks for the credentials whose fetch it is a part of."""

from __future__ import annotations

import pytest
from harness import FACEBOOK, FACEBOOK_TOKEN, OTHER

from cognito_credentials.errors import ConfigurationError


@pytest.mark.parametrize("where", ["on_identity_change", "supplier"])
def test_it_is_an_error_at_once_and_never_a_wait(side, where):
    cache = []

    def plain(*_):
        return cache[0].get()

    async def awaited(*_):
        return await cache[0].get()

    function = plain if side.is_sync else awaited
    arguments = (
        {"on_identity_change": function, "logins": {FACEBOOK: FACEBOOK_TOKEN}}
        if where == "on_identity_change"
        else {"logins": {FACEBOOK: function}}
    )
    subject = side.pool([side.id_response(), side.credentials(OTHER)], **arguments)
    cache.append(subject.provider.cached())
    with pytest.raises(ConfigurationError, match="deadlock"):
        subject.get()
