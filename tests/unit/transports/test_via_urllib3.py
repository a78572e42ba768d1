from __future__ import annotations

import pytest
from transport_servers import KINDS, OK, responding

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.transports.via_urllib3 import Urllib3Transport


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


@pytest.mark.parametrize("host", ["a b", "a%zz", "[v1.x]", "\u202e", "\u3002", "a\u200d"])
def test_a_proxy_whose_host_urllib3_rejects_raises_a_typed_error(host):
    transport = Urllib3Transport(proxies={"http": f"http://user:pass-word@{host}:3128"})
    with pytest.raises(ConfigurationError, match="http") as caught:
        transport.send(HttpRequest("POST", "http://service.example", {}, b""))
    assert caught.value.hint
    assert "pass-word" not in str(caught.value)
