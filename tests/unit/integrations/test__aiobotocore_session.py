"""Clients of aiobotocore do not block the event loop, and share TLS contexts."""

from __future__ import annotations

import asyncio
import gc
import shutil
import threading
from pathlib import Path

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.awsrequest import AWSPreparedRequest, HTTPHeaders
from botocore.exceptions import ProfileNotFound, SSLError, UnknownServiceError
from botocore.loaders import Loader

from cognito_credentials.integrations import _aiobotocore_session
from cognito_credentials.integrations._aiobotocore_session import SharedTlsSession
from cognito_credentials.integrations._shared_models import SharedLoader
from cognito_credentials.integrations.aiobotocore import session

DATA = Path(Loader.BUILTIN_DATA_PATH)

needs_config = pytest.mark.skipif(
    _aiobotocore_session._default_config() is None,
    reason="this version of aiobotocore has no option for the HTTP session",
)


@pytest.fixture
def create_session(create_async_provider):
    return lambda **options: session(
        create_async_provider(), **{"region_name": "eu-west-1", **options}
    )


@pytest.fixture
def cold_loader(tmp_path):
    """A loader with empty caches."""
    shutil.copytree(DATA / "s3", tmp_path / "s3")
    return SharedLoader([str(tmp_path), str(DATA)])


class TestPreloading:
    def test_a_thread_loads_all_models_of_a_client(self, create_session, cold_loader):
        threads, loaded = [], []
        preload = cold_loader.preload

        def record(*arguments):
            threads.append(threading.current_thread())
            preload(*arguments)
            loaded.append(set(cold_loader._models()._results))

        cold_loader.preload = record

        async def create_clients():
            for _ in range(2):
                session = create_session()
                session.register_component("data_loader", cold_loader)
                async with session.create_client("s3") as client:
                    client.get_paginator("list_objects_v2")
                    client.get_waiter("bucket_exists")

        asyncio.run(create_clients())
        assert len(threads) == 1
        assert threads[0] is not threading.main_thread()
        assert loaded == [set(cold_loader._models()._results)]

    def test_other_tasks_run_while_many_tasks_create_clients(self, create_session):
        iterations = 0

        async def count():
            nonlocal iterations
            while True:
                await asyncio.sleep(0)
                iterations += 1

        async def create_client(session, created):
            async with session.create_client("s3"):
                created.append(iterations)

        async def create_clients():
            await create_client(create_session(), [])
            sessions, created = [create_session() for _ in range(20)], []
            counter = asyncio.create_task(count())
            await asyncio.gather(*(create_client(session, created) for session in sessions))
            counter.cancel()
            return created

        created = asyncio.run(create_clients())
        assert len(created) == len(set(created)) == 20

    def test_an_unknown_service_raises_the_error_of_aiobotocore(self, create_session):
        async def create_client():
            async with create_session().create_client("no-such-service"):
                raise AssertionError

        with pytest.raises(UnknownServiceError):
            asyncio.run(create_client())

    def test_arguments_may_be_positional(self, create_session):
        async def create_client():
            context = create_session().create_client("cloudfront", "us-east-1", "2020-05-31")
            async with context as client:
                return client.meta.service_model.api_version

        assert asyncio.run(create_client()) == "2020-05-31"

    def test_a_cancelled_client_leaves_no_coroutine(self, create_session, cold_loader):
        async def create_client():
            session = create_session()
            session.register_component("data_loader", cold_loader)
            context = session.create_client("s3")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await context.__aenter__()

        asyncio.run(create_client())
        # A coroutine that was never awaited would cause a warning here, which would fail the test.
        gc.collect()

    def test_a_loader_of_the_application_is_used(self, create_session):
        async def create_client():
            session = create_session()
            loader = Loader()
            session.register_component("data_loader", loader)
            async with session.create_client("s3"):
                return loader._cache

        assert asyncio.run(create_client())


class TestTls:
    def test_shared_contexts_verify_the_server(self, authority):
        """Sessions share a TLS context only if they have the same CA bundle."""

        async def respond(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        async def request(port, verify):
            async with SharedTlsSession(verify=verify) as http_session:
                url = f"https://127.0.0.1:{port}/"
                headers = HTTPHeaders()
                request = AWSPreparedRequest("GET", url, headers, b"", stream_output=False)
                return (await http_session.send(request)).status_code

        async def send_requests():
            context = authority.context()
            server = await asyncio.start_server(respond, "127.0.0.1", 0, ssl=context)
            async with server:
                port = server.sockets[0].getsockname()[1]
                for _ in range(2):
                    assert await request(port, authority.ca) == 200
                    with pytest.raises(SSLError):
                        await request(port, True)

        asyncio.run(send_requests())

    @needs_config
    def test_clients_share_a_context(self, create_session):
        async def contexts(**options):
            async with create_session().create_client("s3", **options) as client:
                return client._endpoint.http_session._get_ssl_context()

        first = asyncio.run(contexts())
        assert asyncio.run(contexts()) is first
        assert asyncio.run(contexts(config=AioConfig(read_timeout=5))) is first

    @needs_config
    def test_the_configuration_of_the_application_is_used(self, create_session):
        config = AioConfig(read_timeout=5, connector_args={"force_close": True})

        async def create_client(session):
            async with session.create_client("s3", config=config) as client:
                return client.meta.config, client._endpoint.http_session

        ours, http_session = asyncio.run(create_client(create_session()))
        plain_session = AioSession()
        plain_session.set_config_variable("region", "eu-west-1")
        theirs, _ = asyncio.run(create_client(plain_session))
        assert ours.read_timeout == 5
        assert ours.connector_args == theirs.connector_args
        assert isinstance(http_session, SharedTlsSession)

    @pytest.mark.parametrize(
        "options",
        [
            {"verify": True, "proxies": {"https": "http://127.0.0.1:1"}},
            {"verify": True, "client_cert": "/no/such/file"},
            {"verify": False},
        ],
        ids=["proxy", "client certificate", "no verification"],
    )
    def test_other_contexts_are_not_shared(self, options):
        async def contexts():
            return [SharedTlsSession(**options)._get_ssl_context() for _ in range(2)]

        first, second = asyncio.run(contexts())
        assert first is not second
        assert first not in _aiobotocore_session._contexts.values()

    def test_a_context_belongs_to_one_version_of_one_file(self, tmp_path):
        async def context(path):
            return SharedTlsSession(verify=str(path))._get_ssl_context()

        first, second = tmp_path / "first.pem", tmp_path / "second.pem"
        first.write_text("1")
        second.write_text("1")
        before = asyncio.run(context(first))
        assert asyncio.run(context(second)) is not before
        assert asyncio.run(context(first)) is before
        first.write_text("12")
        assert asyncio.run(context(first)) is not before

    def test_a_bundle_is_loaded_once(self, authority):
        async def context():
            return SharedTlsSession(verify=authority.ca)._get_ssl_context()

        shared = asyncio.run(context())
        shared.load_verify_locations(authority.ca, None, None)
        loaded = shared.cert_store_stats()
        assert loaded["x509_ca"] == 1
        Path(authority.ca).rename(f"{authority.ca}.moved")
        try:
            shared.load_verify_locations(authority.ca, None, None)
        finally:
            Path(f"{authority.ca}.moved").rename(authority.ca)
        assert shared.cert_store_stats() == loaded


class TestInitialization:
    """Sessions are initialized on first use."""

    def test_an_attribute_can_be_read_and_set_before_the_first_client(self, create_session):
        session = create_session()
        assert session.get_config_variable("region") == "eu-west-1"
        session = create_session()
        session.user_agent_extra = "application/1.0"
        assert session.user_agent_name == "aiobotocore"
        assert session.user_agent_extra == "application/1.0"
        assert not hasattr(create_session(), "no_such_attribute")

    def test_a_session_is_an_aio_session(self, create_session):
        assert isinstance(create_session(), AioSession)

    def test_a_session_that_cannot_be_initialized_never_has_other_credentials(
        self, create_session, monkeypatch
    ):
        session = create_session()
        monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
        for _ in range(2):
            with pytest.raises(ProfileNotFound):
                asyncio.run(session.create_client("s3").__aenter__())
        monkeypatch.delenv("AWS_PROFILE")
        credentials = asyncio.run(session.get_credentials())
        assert credentials.method == "cognito-identity"

    def test_an_invalid_option_is_an_error_of_the_constructor(self, create_session):
        with pytest.raises(TypeError, match="no_such_option"):
            create_session(no_such_option=True)

    def test_many_sessions_at_once_do_not_block_the_event_loop(self, create_session):
        """Sessions are initialized, and their clients created, one after another."""
        sessions = [create_session() for _ in range(50)]
        assert all("_pending" in vars(session) for session in sessions)

        async def create_clients():
            contexts = [session.create_client("s3") for session in sessions]
            tasks = [asyncio.create_task(context.__aenter__()) for context in contexts]
            await asyncio.sleep(0)
            initialized = sum("_pending" not in vars(session) for session in sessions)
            await asyncio.gather(*tasks)
            for context in contexts:
                await context.__aexit__(None, None, None)
            return initialized

        assert asyncio.run(create_clients()) <= 1
