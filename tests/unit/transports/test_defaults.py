from __future__ import annotations

import subprocess
import sys

import pytest

from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.transports import LazyTransport, default_async_transport, default_transport
from cognito_credentials.transports.direct import DirectTransport
from cognito_credentials.transports.via_aiohttp import AiohttpTransport
from cognito_credentials.transports.via_urllib3 import Urllib3Transport


def resolved(**settings: object):
    return resolve(ClientConfig.of(settings), region_of_id="us-east-1")


def kind_of(transport: object) -> type:
    return type(transport.transport if isinstance(transport, LazyTransport) else transport)


def test_the_default_transport_without_a_proxy_is_direct():
    transport = default_transport(resolved(connect_timeout=1, request_timeout=2)).transport
    assert isinstance(transport, DirectTransport)
    assert (transport.connect_timeout, transport.request_timeout) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"proxies": {"https": "http://proxy"}}, Urllib3Transport),
        ({"proxies": {"http": "http://proxy"}}, DirectTransport),
        ({"proxies": {"https": "http://proxy", "no": "amazonaws.com"}}, DirectTransport),
        (
            {
                "proxies": {"https": "http://proxy"},
                "endpoint_url": "http://localhost:1",
                "sts_endpoint_url": "http://localhost:1",
            },
            DirectTransport,
        ),
        (
            {"proxies": {"https": "http://proxy"}, "endpoint_url": "http://localhost:1"},
            Urllib3Transport,
        ),
    ],
)
def test_a_proxy_for_the_endpoint_selects_urllib3(settings: dict[str, object], kind: type):
    assert kind_of(default_transport(resolved(**settings))) is kind


def test_a_proxy_from_the_environment_is_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("https_proxy", "http://proxy")
    assert kind_of(default_transport(resolved())) is Urllib3Transport


def test_an_unsupported_proxy_scheme_raises_when_the_transport_is_created():
    for make in (default_transport,):
        with pytest.raises(ConfigurationError, match="socks5"):
            make(resolved(proxies={"https": "socks5://proxy"}))


def test_a_lazy_transport_creates_one_transport_and_closes_it():
    class Made:
        closed = False

        def send(self, request: object) -> object:
            return request

        def close(self) -> None:
            self.closed = True

    made: list[Made] = []
    transport = LazyTransport(lambda: made.append(Made()) or made[-1])
    transport.close()
    assert made == []
    assert [transport.send(number) for number in (1, 2)] == [1, 2]
    (only,) = made
    transport.close()
    assert only.closed


def test_the_default_async_transport_is_aiohttp():
    assert type(default_async_transport(resolved())) is AiohttpTransport


def test_the_direct_transport_does_not_import_urllib3_or_aiohttp():
    program = (
        "import sys\n"
        "from cognito_credentials.config import ClientConfig, resolve\n"
        "from cognito_credentials.transports import default_transport\n"
        "default_transport(resolve(ClientConfig(), region_of_id='us-east-1'))\n"
        "heavy = {'urllib3', 'aiohttp', 'asyncio', 'dataclasses', 'http.client', 'inspect', 'ssl',\n"
        "         'typing', 'logging', 'configparser'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []
