"""RedisStore and AsyncRedisStore, tested with a real Valkey server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import tempfile
import threading
import traceback
from typing import Any

import pytest
import redis
import redis.asyncio
from blocking_proxies import BlockingStoreProxy
from harness import Side
from redis.crc import key_slot
from valkey_server import SEALING_KEY, Valkey, cluster

from cognito_credentials.errors import ConfigurationError, TransportError
from cognito_credentials.stores import AsyncRedisStore, RedisStore
from cognito_credentials.stores._redis_entries import EntryFormat
from cognito_credentials.stores._threaded import wrap_blocking_store

KEY = "credentials:abc"
FAR = 4_000_000_000.0
SECRET = b"a-session-token-that-must-stay-secret"
PASSWORD = "a-password-that-must-stay-secret"


@contextlib.contextmanager
def open_store(kind, *arguments, sealing_key=SEALING_KEY, **options):
    """Open a sync store, or an async store with a sync interface."""
    # The timeout is long, because the machine may be busy with other tests.
    store = kind(*arguments, sealing_key=sealing_key, timeout=10, **options)
    if kind is RedisStore:
        with store:
            yield store
        return
    with asyncio.Runner() as runner:
        yield BlockingStoreProxy(store, runner)
        runner.run(store.aclose())


@pytest.fixture(params=[RedisStore, AsyncRedisStore])
def kind(request):
    return request.param


@pytest.fixture
def store(valkey, kind):
    with open_store(kind, valkey.url) as store:
        yield store


def get_name(key: str = KEY) -> str:
    return EntryFormat("cognito-credentials", SEALING_KEY).get_name(key)


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


# --- leases and fences ------------------------------------------------------------------------


def expire_lease(valkey):
    """Delete the lock for KEY on the server, as if its lease had expired."""
    with valkey.client() as client:
        assert client.delete(f"{get_name()}:lock") == 1


def test_the_owner_of_an_expired_lease_does_not_overwrite_a_later_value(valkey, store):
    slow = store.lock(KEY, 10)
    expire_lease(valkey)
    quick = store.lock(KEY, 10)
    assert store.put(KEY, b"newer", expires_at=FAR, lease=quick) is True
    assert store.put(KEY, b"older", expires_at=FAR, lease=slow) is False
    assert store.get(KEY) == b"newer"
    slow.release()
    assert store.lock(KEY, 10) is None, "an expired lease must not release the next one"
    quick.release()


def test_an_expired_lease_is_valid_until_there_is_another(valkey, store):
    slow = store.lock(KEY, 10)
    expire_lease(valkey)
    store.put(KEY, b"value", expires_at=FAR, lease=slow)
    assert store.get(KEY) == b"value"


def test_a_put_without_a_lease_overwrites_earlier_values(store):
    lease = store.lock(KEY, 10)
    store.put(KEY, b"one", expires_at=FAR, lease=lease)
    store.put(KEY, b"two", expires_at=FAR)
    assert store.get(KEY) == b"two"
    store.put(KEY, b"late", expires_at=FAR, lease=lease)
    assert store.get(KEY) == b"two"


def test_leases_and_entries_expire_on_the_server(valkey, store):
    store.lock(KEY, 10)
    store.put(KEY, b"value", expires_at=FAR)
    store.put("identity-id:a", b"id", expires_at=None)
    with valkey.client() as client:
        assert 9_000 < client.pttl(f"{get_name()}:lock") <= 10_000
        assert client.pexpiretime(get_name()) == FAR * 1000
        assert client.pttl(get_name("identity-id:a")) == -1
    store.put(KEY, b"expired", expires_at=1.0)
    assert store.get(KEY) is None


def test_only_one_of_many_threads_gets_a_lease(valkey):
    store = RedisStore(valkey.url, sealing_key=SEALING_KEY)
    leases: list[Any] = []
    barrier = threading.Barrier(50)

    def work():
        barrier.wait(30)
        leases.append(store.lock(KEY, 10))

    threads = [threading.Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert len(leases) == 50
    assert sum(lease is not None for lease in leases) == 1


async def test_only_one_of_many_tasks_gets_a_lease(valkey):
    async with AsyncRedisStore(valkey.url, sealing_key=SEALING_KEY, timeout=10) as store:
        leases = await asyncio.gather(*(store.lock(KEY, 10) for _ in range(50)))
    assert sum(lease is not None for lease in leases) == 1


def test_a_value_and_its_lock_are_on_the_same_node_of_a_cluster():
    entry_format = EntryFormat("prefix", SEALING_KEY)
    for number in range(20):
        value = entry_format.get_name(str(number))
        lock = entry_format.get_lock_name(str(number))
        assert value != lock
        assert key_slot(value.encode()) == key_slot(lock.encode())


# --- sealing ----------------------------------------------------------------------------------


def test_the_server_cannot_read_values_or_keys(valkey, store):
    store.put("identity-id:aws:pool:alice@example.com", SECRET, expires_at=None)
    with valkey.client() as client:
        (name,) = client.keys()
        raw = client.get(name)
    assert b"alice" not in name
    assert SECRET not in raw
    assert len(raw) == 16 + 1 + 12 + len(SECRET) + 16


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[:20],
        lambda raw: b"",
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: raw[:16] + b"\x02" + raw[17:],
        lambda raw: b"plain text of another program",
    ],
)
def test_a_changed_value_is_ignored_with_one_warning(valkey, store, caplog, change):
    store.put(KEY, SECRET, expires_at=FAR)
    with valkey.client() as client:
        client.set(get_name(), change(client.get(get_name())))
    assert store.get(KEY) is None
    assert store.get(KEY) is None
    assert len(warnings(caplog)) == 1
    lease = store.lock(KEY, 10)
    store.put(KEY, b"newer", expires_at=FAR, lease=lease)
    assert store.get(KEY) == b"newer"


def test_a_value_that_was_moved_to_another_name_is_ignored(valkey, store, caplog):
    store.put("alice", SECRET, expires_at=FAR)
    with valkey.client() as client:
        client.set(get_name("bob"), client.get(get_name("alice")))
    assert store.get("bob") is None
    assert len(warnings(caplog)) == 1


def test_an_identity_id_that_was_sealed_with_another_key_is_not_overwritten(
    valkey, kind, store, caplog
):
    store.put(KEY, b"guest", expires_at=None)
    with open_store(kind, valkey.url, sealing_key=bytes(32)) as other_store:
        assert other_store.get(KEY) is None
        assert other_store.put(KEY, b"another guest", expires_at=None) is False
        assert "sealing_key" in caplog.text
    assert len(warnings(caplog)) == 1
    assert store.get(KEY) == b"guest"
    store.put(KEY, b"merged", expires_at=None)
    assert store.get(KEY) == b"merged"


def test_identity_ids_stay_readable_while_a_key_is_replaced(valkey, kind):
    old, new = SEALING_KEY, bytes(32)
    phases = [[old], [old, new], [new, old], [new]]
    with open_store(kind, valkey.url, sealing_key=old) as before:
        before.put(KEY, b"guest", expires_at=None)
    for number, (ahead, behind) in enumerate(zip(phases[1:3], phases[:2], strict=True)):
        with (
            open_store(kind, valkey.url, sealing_key=ahead) as first,
            open_store(kind, valkey.url, sealing_key=behind) as second,
        ):
            fresh = f"guest {number}"
            first.put(fresh, b"guest", expires_at=None)
            for host in (first, second, first):
                assert host.get(KEY) == host.get(fresh) == b"guest"


@pytest.mark.parametrize("expires_at", [None, FAR])
def test_a_value_of_another_type_is_ignored_and_replaced(valkey, store, caplog, expires_at):
    with valkey.client() as client:
        client.lpush(get_name(), "of another program")
    assert store.get(KEY) is None
    assert store.get(KEY) is None
    assert len(warnings(caplog)) == 1
    store.put(KEY, b"value", expires_at=expires_at)
    assert store.get(KEY) == b"value"


def test_a_value_that_was_sealed_with_the_second_key_can_be_opened(valkey, kind, store):
    newer = bytes(32)
    store.put(KEY, SECRET, expires_at=FAR)
    with open_store(kind, valkey.url, sealing_key=[newer, SEALING_KEY]) as both:
        assert both.get(KEY) == SECRET
        both.put(KEY, b"newer", expires_at=FAR)
    assert store.get(KEY) is None
    with open_store(kind, valkey.url, sealing_key=newer) as new_store:
        assert new_store.get(KEY) == b"newer"


def test_prefixes_are_independent(valkey, kind, store):
    store.put(KEY, b"one", expires_at=FAR)
    with open_store(kind, valkey.url, prefix="other") as other:
        assert other.get(KEY) is None


# --- rate limits ------------------------------------------------------------------------------


def test_a_rate_limit_applies_to_all_hosts_together(valkey, kind, store):
    limit = {"interval": 0.1, "burst_seconds": 0.2}
    with open_store(kind, valkey.url) as other:
        waits = [host.reserve("GetId", max_wait=10, **limit) for host in (store, other) * 3]
        assert waits[:3] == [0, 0, 0]
        assert all(wait is not None for wait in waits)
        assert 0 < waits[5] <= 0.3
        assert other.reserve("GetId", max_wait=0.1, **limit) is None
        assert 0 < other.reserve("GetId", max_wait=10, **limit) <= 0.4
        assert other.reserve("GetCredentialsForIdentity", max_wait=0, **limit) == 0


@pytest.mark.parametrize("ahead", [3_600, 40, float("inf"), None])
def test_a_rate_limit_that_another_program_has_changed_blocks_no_caller(valkey, store, ahead):
    limit = {"interval": 0.1, "burst_seconds": 0.2, "max_wait": 10}
    assert store.reserve("GetId", **limit) == 0
    with valkey.client() as client:
        (name,) = client.keys()
        seconds, _ = client.time()
        due_at = "text" if ahead is None else (seconds + ahead) * 1_000_000
        client.set(name, due_at)
        assert store.reserve("GetId", **limit) == 0
        assert float(client.get(name)) < (seconds + 10) * 1_000_000


def test_a_lock_that_lasts_too_long_is_replaced(valkey, store):
    """This happens if the server's clock is set back while a process holds the lock."""
    store.lock(KEY, 10)
    with valkey.client() as client:
        client.pexpire(f"{get_name()}:lock", 3_600_000)
    lease = store.lock(KEY, 5)
    assert lease is not None
    assert store.lock(KEY, 5) is None
    lease.release()


# --- invalid arguments, and servers that reject requests --------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"x" * 16,
        b"x" * 31,
        b"x" * 33,
        "x" * 32,
        32,
        None,
        [],
        [b"x" * 32, b"short"],
        ["x" * 32],
    ],
)
@pytest.mark.parametrize("kind", [RedisStore, AsyncRedisStore])
def test_a_sealing_key_must_be_32_bytes(kind, key):
    with pytest.raises(ConfigurationError, match="sealing_key") as caught:
        kind("redis://localhost", sealing_key=key)
    assert caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://localhost",
        f"redis:/{PASSWORD}",
        f"redis://:{PASSWORD}@localhost:port/0",
        f"redis://:{PASSWORD}@localhost/0?unknown=1",
        f"redis://:{PASSWORD}@localhost/no-database",
        f"redis://:{PASSWORD}@localhost/0?socket_timeout=soon",
    ],
)
@pytest.mark.parametrize("kind", [RedisStore, AsyncRedisStore])
def test_an_invalid_url_is_rejected(kind, url):
    with pytest.raises(ConfigurationError, match="url") as caught:
        kind(url, sealing_key=SEALING_KEY)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("url", [None, 5, object(), {}])
def test_other_types_than_urls_and_clients_are_rejected(url):
    with pytest.raises(ConfigurationError, match="url"):
        RedisStore(url, sealing_key=SEALING_KEY)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "1", None])
@pytest.mark.parametrize("kind", [RedisStore, AsyncRedisStore])
def test_a_timeout_must_be_a_positive_number(kind, timeout):
    with pytest.raises(ConfigurationError, match="timeout"):
        kind("redis://localhost", sealing_key=SEALING_KEY, timeout=timeout)


@pytest.mark.parametrize("prefix", ["", "a{b", "}", 5])
def test_a_prefix_must_be_a_non_empty_string_without_braces(prefix):
    with pytest.raises(ConfigurationError, match="prefix"):
        RedisStore("redis://localhost", sealing_key=SEALING_KEY, prefix=prefix)


def test_options_for_a_client_of_the_caller_are_rejected_by_name():
    with (
        redis.Redis(socket_timeout=1) as client,
        pytest.raises(ConfigurationError, match="ssl_ca_certs"),
    ):
        RedisStore(client, sealing_key=SEALING_KEY, ssl_ca_certs="ca.pem")


def test_a_client_without_a_timeout_or_with_decoded_responses_is_rejected():
    with pytest.raises(ConfigurationError, match="socket_timeout"):
        RedisStore(redis.Redis(socket_timeout=None), sealing_key=SEALING_KEY)
    with pytest.raises(ConfigurationError, match="decode"):
        RedisStore(redis.Redis(socket_timeout=1, decode_responses=True), sealing_key=SEALING_KEY)


@pytest.fixture(scope="module")
def guarded():
    with Valkey(password=PASSWORD) as server:
        with server.client() as client:
            for name, *commands in (("reader", "+get"), ("half", "+get", "+del", "+eval")):
                client.execute_command(
                    "ACL", "SETUSER", name, "on", f">{PASSWORD}", "~*", *commands
                )
        yield server


@pytest.mark.parametrize(
    ("user", "database", "name"),
    [
        ("", 0, "password"),
        (":a-wrong-password-that-must-stay-secret@", 0, "password"),
        (f"nobody:{PASSWORD}@", 0, "password"),
        (f"reader:{PASSWORD}@", 0, "not permitted"),
        (f"half:{PASSWORD}@", 0, "not permitted"),
        (f":{PASSWORD}@", 99, "database"),
    ],
)
def test_a_server_that_rejects_the_user_raises_a_configuration_error(
    guarded, kind, user, database, name
):
    with open_store(kind, f"redis://{user}{guarded.address}/{database}") as store:
        for call in (
            lambda: store.lock(KEY, 10),
            lambda: store.put(KEY, b"value", expires_at=FAR),
        ):
            with pytest.raises(ConfigurationError, match=name) as caught:
                call()
            assert "url" in caught.value.message
            text = "".join(traceback.format_exception(caught.value)) + repr(store)
            assert "must-stay-secret" not in text


def test_the_url_of_a_single_node_of_a_cluster_is_rejected(kind):
    with cluster() as server, open_store(kind, server.url) as store:
        for number in range(100):
            try:
                store.put(str(number), b"value", expires_at=FAR)
            except ConfigurationError as error:
                assert "RedisCluster" in error.hint
                return
    pytest.fail("none of 100 names is on the other node")


def test_a_password_in_the_url_is_used(guarded, kind):
    with open_store(kind, guarded.url) as store:
        store.put(KEY, b"value", expires_at=FAR)
        assert store.get(KEY) == b"value"


# --- outages ----------------------------------------------------------------------------------


def test_a_missing_server_is_an_outage(kind):
    with Valkey() as server:
        url = server.url
    with open_store(kind, url) as store, pytest.raises(TransportError):
        store.get(KEY)


def test_a_read_only_replica_is_an_outage(kind):
    with Valkey() as server, open_store(kind, server.url) as store:
        with server.client() as client:
            client.replicaof("127.0.0.1", 1)
        with pytest.raises(TransportError, match="read only replica"):
            store.lock(KEY, 10)
        assert store.get(KEY) is None


def test_a_server_without_memory_is_an_outage(kind):
    with Valkey("--maxmemory", "1") as server, open_store(kind, server.url) as store:
        with pytest.raises(TransportError, match="maxmemory"):
            store.put(KEY, b"value", expires_at=FAR)
        assert store.get(KEY) is None


def test_a_restarted_server_is_used_again(kind):
    with Valkey() as server, open_store(kind, server.url) as store:
        store.put(KEY, b"one", expires_at=FAR)
        server.stop()
        with pytest.raises(TransportError):
            store.get(KEY)
        server.start()
        assert store.get(KEY) is None
        store.put(KEY, b"two", expires_at=FAR)
        assert store.get(KEY) == b"two"


@pytest.mark.parametrize("kind", [RedisStore, AsyncRedisStore])
def test_a_stalled_server_does_not_block_callers(kind):
    """Each store call times out, and then credentials are fetched without the store."""
    with Valkey() as server:
        store = kind(server.url, sealing_key=SEALING_KEY, timeout=0.1)
        with Side("sync" if kind is RedisStore else "aio") as side:
            subject = side.pool([side.id_response(), side.credentials()])
            caches = (
                side.module
                if kind is RedisStore
                else __import__("cognito_credentials.aio", fromlist=["aio"])
            )
            name = "CredentialsCache" if kind is RedisStore else "AsyncCredentialsCache"
            subject.cache = getattr(caches, name)(subject.provider, store=store)
            server.stall()
            assert subject.get().access_key_id
            assert [line for line in side.log if "RequestTimeoutError" in line]
            server.resume()
            if kind is RedisStore:
                store.close()
            else:
                side.run(store.aclose)


# --- connections ------------------------------------------------------------------------------


def test_a_client_of_the_caller_is_not_closed(valkey):
    with valkey.client() as client:
        connection = client.client_id()
        with RedisStore(client, sealing_key=SEALING_KEY) as store:
            store.put(KEY, b"value", expires_at=FAR)
        assert client.client_id() == connection


async def test_an_async_client_of_the_caller_is_not_closed(valkey):
    async with redis.asyncio.from_url(valkey.url, socket_timeout=5) as client:
        connection = await client.client_id()
        async with AsyncRedisStore(client, sealing_key=SEALING_KEY) as store:
            await store.put(KEY, b"value", expires_at=FAR)
            assert await store.get(KEY) == b"value"
        assert await client.client_id() == connection


async def test_a_blocking_store_can_be_used_on_an_event_loop(valkey):
    with RedisStore(valkey.url, sealing_key=SEALING_KEY) as store:
        threaded = wrap_blocking_store(store)
        assert threaded is not store
        assert not threaded.is_local
        lease = await threaded.lock(KEY, 10)
        await threaded.put(KEY, b"value", expires_at=FAR, lease=lease)
        lease.release()
        assert await threaded.get(KEY) == b"value"
        assert await threaded.reserve("GetId", interval=1, burst_seconds=0, max_wait=0) == 0


def test_an_async_store_can_be_used_from_several_loops(valkey):
    store = AsyncRedisStore(valkey.url, sealing_key=SEALING_KEY)

    async def program(value):
        previous = await store.get(KEY)
        await store.put(KEY, value, expires_at=FAR)
        await store.aclose()
        return previous

    assert [asyncio.run(program(value)) for value in (b"1", b"2", b"3")] == [None, b"1", b"2"]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_a_connection_of_its_own(valkey):
    store = RedisStore(valkey.url, sealing_key=SEALING_KEY)
    store.put(KEY, b"value", expires_at=FAR)
    child = os.fork()
    if child == 0:
        store.put("child", b"child", expires_at=FAR)
        os._exit(0 if store.get(KEY) == b"value" else 1)
    values = [store.get(KEY) for _ in range(50)]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert set(values) == {b"value"}
    assert store.get("child") == b"child"
    store.close()


class TlsProxy:
    """TLS proxy for the Valkey server, which was built without TLS."""

    def __init__(self, port: int, directory: Any) -> None:
        import datetime
        import ipaddress
        import socket

        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        self.certificate = directory / "server.pem"
        self.certificate.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate)
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self.stopped = threading.Event()
        self.thread.start()

    async def serve(self) -> None:
        server = await asyncio.start_server(self.relay, sock=self.listener, ssl=self.context)
        async with server:
            while not self.stopped.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def relay(self, reader: Any, writer: Any) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)

        async def pump(source: Any, sink: Any) -> None:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
            sink.close()

        await asyncio.gather(
            pump(reader, inner_writer), pump(inner_reader, writer), return_exceptions=True
        )

    def close(self) -> None:
        self.stopped.set()
        self.thread.join(10)


def test_tls_is_supported_and_the_certificate_is_verified(valkey, kind, tmp_path):
    proxy = TlsProxy(valkey.port, tmp_path)
    url = f"rediss://127.0.0.1:{proxy.port}/0"
    try:
        with open_store(kind, url, ssl_ca_certs=str(proxy.certificate)) as store:
            store.put(KEY, b"value", expires_at=FAR)
            assert store.get(KEY) == b"value"
        with (
            open_store(kind, url) as store,
            pytest.raises(TransportError, match=r"(?i)certificate|Error 1 "),
        ):
            store.get(KEY)
    finally:
        proxy.close()


def test_a_server_can_be_reached_through_a_unix_socket(kind):
    # Paths in tmp_path may exceed the maximum length of a socket's path.
    with (
        tempfile.TemporaryDirectory() as directory,
        Valkey("--unixsocket", f"{directory}/s") as server,
    ):
        with open_store(kind, f"unix://{directory}/s") as store:
            store.put(KEY, b"value", expires_at=FAR)
        with open_store(kind, server.url) as store:
            assert store.get(KEY) == b"value"


def test_the_server_is_valkey(valkey):
    with valkey.client() as client:
        assert client.info("server")["server_name"] == "valkey"
