from __future__ import annotations

import pytest
from transport_servers import KINDS, OK, responding


@pytest.fixture
def sender():
    made = KINDS["urllib3"]()
    yield made
    made.close()


def test_close_closes_idle_connections(sender, serve):
    server = serve(responding(OK))
    sender.send(server.url())
    sender.close()
    server.wait_for_close()
