from __future__ import annotations

import base64
import copy
import os
import pickle

import keyring
import pytest
from cases import check_each
from fake_keychain import FakeKeychain

from cognito_credentials import CommandToken, EnvironmentToken, FileToken
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import FileStore, KeyringStore, MemoryStore, RedisStore, StoreConfig
from cognito_credentials.stores.config import create_store

KEY = EnvironmentToken("SEALING_KEY")
SECRET = "kept-out-of-every-text"

CREATE = [
    StoreConfig.file,
    lambda: StoreConfig.file("/srv/store"),
    lambda: StoreConfig.file("/srv/store", max_entries=5),
    lambda: StoreConfig.file("~/store", evict_identity_ids=False),
    StoreConfig.keyring,
    lambda: StoreConfig.keyring("game"),
    StoreConfig.memory,
    lambda: StoreConfig.memory(5),
    lambda: StoreConfig.redis("redis://localhost:6379/0", sealing_key=KEY),
    lambda: StoreConfig.redis("redis://localhost:6379/1", sealing_key=KEY),
    lambda: StoreConfig.redis(EnvironmentToken("REDIS_URL"), sealing_key=KEY),
    lambda: StoreConfig.redis(EnvironmentToken("REDIS_URL"), sealing_key=FileToken("/run/key")),
    lambda: StoreConfig.redis("rediss://a", sealing_key=KEY, prefix="game", timeout=2.0),
]


class TestValues:
    @pytest.mark.parametrize("create", CREATE)
    def test_descriptions_with_equal_arguments_are_equal(self, create):
        equal = [other() for other in CREATE if other() == create()]
        assert list(map(repr, equal)) == [repr(create())]
        assert hash(equal[0]) == hash(create())
        assert create() != repr(create())

    @check_each("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    @check_each("create", CREATE)
    def test_a_pickled_description_is_equal(self, create, protocol):
        assert pickle.loads(pickle.dumps(create(), protocol)) == create()  # noqa: S301

    @pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
    def test_a_copy_is_equal(self, duplicate):
        config = StoreConfig.redis("redis://localhost", sealing_key=KEY)
        assert duplicate(config) == config

    @pytest.mark.parametrize("create", CREATE)
    def test_the_repr_is_the_call_that_creates_the_description(self, create):
        names = {
            "EnvironmentToken": EnvironmentToken,
            "FileToken": FileToken,
            "StoreConfig": StoreConfig,
        }
        assert eval(repr(create()), names) == create()  # noqa: S307

    def test_a_description_cannot_be_changed(self):
        config = StoreConfig.file()
        for name in ("_kind", "_arguments", "path"):
            with pytest.raises(AttributeError):
                setattr(config, name, "x")
            with pytest.raises(AttributeError):
                delattr(config, name)

    def test_a_relative_path_means_the_directory_of_the_process_that_describes_it(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        assert StoreConfig.file("store") == StoreConfig.file(tmp_path / "store")
        assert StoreConfig.file("~/store") != StoreConfig.file(os.path.expanduser("~/store"))


class TestCreateStore:
    def test_a_file_store(self, home):
        store = create_store(StoreConfig.file("~/store", max_entries=7))
        assert isinstance(store, FileStore)
        assert (store.path, store.max_entries) == (str(home / "store"), 7)

    def test_a_file_store_in_the_default_directory(self, home):
        assert create_store(StoreConfig.file()).path == FileStore().path

    def test_a_memory_store(self):
        store = create_store(StoreConfig.memory(7))
        assert isinstance(store, MemoryStore)
        assert store.max_entries == 7

    def test_a_keyring_store(self):
        keyring.set_keyring(FakeKeychain())
        store = create_store(StoreConfig.keyring("game"))
        assert isinstance(store, KeyringStore)
        assert store.service == "game"

    def test_a_redis_store(self, monkeypatch, tmp_path):
        (tmp_path / "url").write_text(f"redis://:{SECRET}@localhost:6379/0\n")
        monkeypatch.setenv("SEALING_KEY", " ".join(2 * [base64.b64encode(bytes(32)).decode()]))
        config = StoreConfig.redis(FileToken(tmp_path / "url"), sealing_key=KEY)
        store = create_store(config)
        assert isinstance(store, RedisStore)
        assert store._client.connection_pool.connection_kwargs["password"] == SECRET
        store.close()
        assert SECRET not in repr(config)
        assert SECRET.encode() not in pickle.dumps(config)

    @pytest.mark.parametrize("key", ["not base64", base64.b64encode(b"short").decode()])
    def test_a_wrong_sealing_key(self, monkeypatch, key):
        monkeypatch.setenv("SEALING_KEY", key)
        with pytest.raises(ConfigurationError, match="sealing_key must be 32 bytes") as caught:
            create_store(StoreConfig.redis("redis://localhost", sealing_key=KEY))
        assert key not in str(caught.value)

    def test_a_missing_secret(self, monkeypatch):
        monkeypatch.delenv("SEALING_KEY", raising=False)
        with pytest.raises(ConfigurationError, match=r"sealing_key.*'SEALING_KEY' is not set"):
            create_store(StoreConfig.redis("redis://localhost", sealing_key=KEY))


class TestWrongArguments:
    @pytest.mark.parametrize(
        "url",
        [
            f"redis://:{SECRET}@localhost",
            f"redis://user:{SECRET}/@localhost",
            f"redis://localhost?password={SECRET}",
            f"rediss://localhost?ssl_password={SECRET}",
            f"unix://user:{SECRET}@/path",
        ],
    )
    def test_a_url_with_a_password(self, url):
        with pytest.raises(ConfigurationError, match="url") as caught:
            StoreConfig.redis(url, sealing_key=KEY)
        assert "EnvironmentToken" in caught.value.hint
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize(
        "url", [f"http://{SECRET}", SECRET, None, CommandToken("a"), b"redis://a"]
    )
    def test_another_url(self, url):
        with pytest.raises(ConfigurationError, match="url") as caught:
            StoreConfig.redis(url, sealing_key=KEY)
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize("key", [bytes(32), SECRET, None, CommandToken("a")])
    def test_a_sealing_key_in_the_description(self, key):
        with pytest.raises(ConfigurationError, match="sealing_key") as caught:
            StoreConfig.redis("redis://localhost", sealing_key=key)
        assert "EnvironmentToken" in caught.value.hint
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize(
        ("create", "parameter"),
        [
            (lambda: StoreConfig.file(""), "path"),
            (lambda: StoreConfig.file(5), "path"),
            (lambda: StoreConfig.file(b"/srv"), "path"),
            (lambda: StoreConfig.file("/srv", max_entries=0), "max_entries"),
            (lambda: StoreConfig.file(maxEntries=5), "max_entries"),
            (lambda: StoreConfig.keyring(""), "service"),
            (lambda: StoreConfig.memory(0), "max_entries"),
            (lambda: StoreConfig.redis("redis://a", sealing_key=KEY, timeout=0), "timeout"),
            (lambda: StoreConfig.redis("redis://a", sealing_key=KEY, prefix=""), "prefix"),
            (StoreConfig, "StoreConfig"),
        ],
    )
    def test_the_error_names_the_parameter(self, create, parameter):
        with pytest.raises(ConfigurationError) as caught:
            create()
        assert parameter in str(caught.value)
