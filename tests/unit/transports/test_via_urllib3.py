from __future__ import annotations

import pytest
from transport_servers import KINDS, OK, answering


@pytest.fixture
def sender():
    made = KINDS["urllib3"]()
    yield made
    made.close()


def test_closing_ends_what_is_idle(sender, serve):
    server = serve(answering(OK))
    sender.send(server.url())
    sender.close()
    server.wait_for_an_end()
