from __future__ import annotations

import copy
import pickle
import threading

import botocore.config
import pytest
from cases import check_each

import cognito_credentials
from cognito_credentials import (
    BasicFlow,
    ClientConfig,
    CommandToken,
    DeveloperIdentity,
    EnvironmentToken,
    FileToken,
    ProviderConfig,
    RefreshPolicy,
    aio,
    from_cognito_identity_pool,
    login_from_id_token,
)
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._providers import async_cache, sync_cache
from cognito_credentials.logins import LoginSource
from cognito_credentials.stores import FileStore, StoreConfig
from cognito_credentials.testing import FakeClock, ScriptedTransport

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
GOOGLE = "accounts.google.com"
ROLE = "arn:aws:iam::123456789012:role/app"
SECRET = "kept-out-of-every-text"
TOKEN = f"eyJhbGciOiJSUzI1NiJ9.{SECRET}.c2ln"

# Each of these configs differs from all others.
CREATE = {
    "a guest": lambda: ProviderConfig(POOL),
    "another pool": lambda: ProviderConfig(IDENTITY),
    "an identity": lambda: ProviderConfig(identity_id=IDENTITY),
    "an account": lambda: ProviderConfig(POOL, account_id="123456789012"),
    "a user": lambda: ProviderConfig(POOL, user_identifier="alice"),
    "a role": lambda: ProviderConfig(POOL, custom_role_arn=ROLE),
    "a file": lambda: ProviderConfig(POOL, logins={GOOGLE: FileToken("/run/token")}),
    "another file": lambda: ProviderConfig(POOL, logins={GOOGLE: FileToken("/run/other")}),
    "a variable": lambda: ProviderConfig(POOL, logins={GOOGLE: EnvironmentToken("TOKEN")}),
    "a command": lambda: ProviderConfig(POOL, logins={GOOGLE: CommandToken(["get", "token"])}),
    "two logins": lambda: ProviderConfig(
        POOL, logins={GOOGLE: FileToken("/run/a"), "www.amazon.com": EnvironmentToken("B")}
    ),
    "an ID token": lambda: ProviderConfig(POOL, logins=login_from_id_token(FileToken("/run/a"))),
    "a developer identity": lambda: ProviderConfig(
        POOL, logins=DeveloperIdentity(POOL, "login.example.com", "alice")
    ),
    "a client config": lambda: ProviderConfig(
        POOL,
        client_config=ClientConfig(
            endpoint_url="http://127.0.0.1:5000",
            proxies={"https": "http://proxy:3128", "no": "localhost"},
            client_cert=("/run/certificate", "/run/key"),
            connect_timeout=2,
        ),
    ),
    "a basic flow": lambda: ProviderConfig(
        POOL, basic_flow=BasicFlow(role_arn=ROLE, policy={"Statement": []}, duration_seconds=900)
    ),
    "a store": lambda: ProviderConfig(POOL, store=StoreConfig.memory()),
    "no store": lambda: ProviderConfig(POOL, store=None),
    "a policy": lambda: ProviderConfig(POOL, policy=RefreshPolicy(jitter=0.2)),
}
ALL = pytest.mark.parametrize("create", CREATE.values(), ids=CREATE)


class TestValues:
    @ALL
    def test_configs_are_equal_if_their_arguments_are_equal(self, create):
        equal = [name for name, other in CREATE.items() if other() == create()]
        assert [CREATE[name] for name in equal] == [create]
        assert hash(create()) == hash(create())
        assert create() != POOL

    @ALL
    @check_each("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_a_pickled_config_is_equal(self, create, protocol):
        copied = pickle.loads(pickle.dumps(create(), protocol))  # noqa: S301
        assert (copied, hash(copied), repr(copied)) == (create(), hash(create()), repr(create()))

    @ALL
    @check_each("duplicate", [copy.copy, copy.deepcopy])
    def test_a_copied_config_is_equal(self, create, duplicate):
        assert duplicate(create()) == create()

    @pytest.mark.parametrize(
        "arguments",
        [
            {"logins": {}},
            {"client_config": {}},
            {"client_config": ClientConfig()},
            {"policy": RefreshPolicy()},
            {"store": StoreConfig.file()},
        ],
    )
    def test_a_default_is_equal_to_an_omitted_argument(self, arguments):
        assert ProviderConfig(POOL, **arguments) == ProviderConfig(POOL)

    def test_the_form_and_the_order_of_settings_do_not_matter(self):
        settings = {"connect_timeout": 2, "endpoint_url": "http://127.0.0.1:5000"}
        configs = {
            ProviderConfig(POOL, client_config=settings),
            ProviderConfig(POOL, client_config=dict(reversed(settings.items()))),
            ProviderConfig(POOL, client_config=ClientConfig(**settings)),
        }
        assert len(configs) == 1
        options = botocore.config.Config(connect_timeout=2)
        expected = ProviderConfig(POOL, client_config=ClientConfig.of(options))
        assert ProviderConfig(POOL, client_config=options) == expected

    def test_a_config_does_not_change_with_its_arguments(self):
        logins, settings = {GOOGLE: FileToken("/run/token")}, ClientConfig(max_attempts=2)
        config = ProviderConfig(POOL, logins=logins, client_config=settings)
        logins.clear()
        settings.max_attempts = 3
        assert config == ProviderConfig(
            POOL, logins={GOOGLE: FileToken("/run/token")}, client_config={"max_attempts": 2}
        )

    def test_a_config_cannot_be_changed(self):
        config = ProviderConfig(POOL)
        for name in ("_key", "identity_pool_id"):
            with pytest.raises(AttributeError):
                setattr(config, name, "x")
            with pytest.raises(AttributeError):
                delattr(config, name)

    def test_the_repr_shows_the_arguments_except_the_user(self):
        config = ProviderConfig(
            POOL, user_identifier=SECRET, logins={GOOGLE: FileToken("/run/token")}, store=None
        )
        assert repr(config) == (
            f"ProviderConfig({POOL!r}, user_identifier=…, logins={{{GOOGLE!r}: "
            "FileToken('/run/token')}, store=None)"
        )
        assert repr(ProviderConfig(identity_id=IDENTITY)) == (
            f"ProviderConfig(identity_id={IDENTITY!r})"
        )


def rejected(parameter, hint, **arguments):
    return pytest.param(arguments, parameter, hint, id=f"{parameter}: {hint}")


class OwnLogin(LoginSource):
    pass


class OwnPolicy(RefreshPolicy):
    pass


class OwnToken(FileToken):
    pass


class TestWrongArguments:
    @pytest.mark.parametrize(
        ("arguments", "parameter", "hint"),
        [
            rejected("identity_pool_id", "identity pool ID"),
            rejected("identity_pool_id", "both", identity_pool_id=POOL, identity_id=IDENTITY),
            rejected("identity_pool_id", "user pool", identity_pool_id="us-east-1_Example"),
            rejected("identity_id", "identity", identity_id="alice"),
            rejected("account_id", "Omit", identity_id=IDENTITY, account_id="123456789012"),
            rejected("user_identifier", "Omit", identity_id=IDENTITY, user_identifier="alice"),
            rejected("account_id", "digits", identity_pool_id=POOL, account_id=123456789012),
            rejected(
                "user_identifier", "ID of the user", identity_pool_id=POOL, user_identifier=""
            ),
            rejected(
                "user_identifier",
                "ID of the user",
                identity_pool_id=POOL,
                user_identifier=cognito_credentials.token_subject,
            ),
            rejected("ANONYMOUS", "another", identity_pool_id=POOL, user_identifier="ANONYMOUS"),
            rejected(
                "custom_role_arn",
                "each process",
                identity_pool_id=POOL,
                custom_role_arn=lambda claims: ROLE,
            ),
            rejected("custom_role_arn", "ARN", identity_pool_id=POOL, custom_role_arn=""),
            rejected(
                "custom_role_arn",
                "BasicFlow",
                identity_pool_id=POOL,
                custom_role_arn=ROLE,
                basic_flow=BasicFlow(role_arn=ROLE),
            ),
            rejected("basic_flow", "BasicFlow", identity_pool_id=POOL, basic_flow=ROLE),
            rejected(
                f"logins['{GOOGLE}']", "FileToken", identity_pool_id=POOL, logins={GOOGLE: TOKEN}
            ),
            rejected(
                f"logins['{GOOGLE}']",
                "EnvironmentToken",
                identity_pool_id=POOL,
                logins={GOOGLE: lambda: TOKEN},
            ),
            rejected(
                f"logins['{GOOGLE}']",
                "CommandToken",
                identity_pool_id=POOL,
                logins={GOOGLE: OwnToken("/run/token")},
            ),
            rejected(
                "clock",
                "Omit clock",
                identity_pool_id=POOL,
                logins={GOOGLE: CommandToken("a", clock=FakeClock())},
            ),
            rejected(
                "stderr",
                "Omit stderr",
                identity_pool_id=POOL,
                logins={GOOGLE: CommandToken("a", stderr=print)},
            ),
            rejected(
                "login_from_id_token",
                "FileToken",
                identity_pool_id=POOL,
                logins=login_from_id_token("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln"),
            ),
            rejected(
                "login_from_id_token",
                "FileToken(path)",
                identity_pool_id=POOL,
                logins=login_from_id_token(lambda: TOKEN),
            ),
            rejected(
                "DeveloperIdentity",
                "provider_name",
                identity_pool_id=POOL,
                logins=DeveloperIdentity(lambda: None),
            ),
            rejected(
                "without credentials",
                "default credentials",
                identity_pool_id=POOL,
                logins=DeveloperIdentity(POOL, "a", "b", credentials=lambda: None),
            ),
            rejected("OwnLogin", "FileToken", identity_pool_id=POOL, logins=OwnLogin()),
            rejected("logins", "logins=", identity_pool_id=POOL, logins=TOKEN),
            rejected(
                "transport",
                "Omit",
                identity_pool_id=POOL,
                client_config={"transport": ScriptedTransport([])},
            ),
            rejected("clock", "Omit", identity_pool_id=POOL, client_config={"clock": FakeClock()}),
            rejected(
                "credentials",
                "Omit",
                identity_pool_id=POOL,
                client_config={"credentials": object()},
            ),
            rejected(
                "proxies",
                "HTTPS_PROXY",
                identity_pool_id=POOL,
                client_config={"proxies": {"https": f"http://user:{SECRET}@proxy:3128"}},
            ),
            rejected(
                "endpoint_url",
                "URL",
                identity_pool_id=POOL,
                client_config={"endpoint_url": f"http://user:{SECRET}@localhost"},
            ),
            rejected(
                "client_config", "ClientConfig", identity_pool_id=POOL, client_config="us-east-1"
            ),
            rejected("store", "StoreConfig.file", identity_pool_id=POOL, store="/srv/store"),
            rejected("the class FileStore", "StoreConfig", identity_pool_id=POOL, store=FileStore),
            rejected("policy", "RefreshPolicy", identity_pool_id=POOL, policy=60),
            rejected("OwnPolicy", "RefreshPolicy", identity_pool_id=POOL, policy=OwnPolicy()),
            rejected(
                "advisory_refresh_window",
                "shorter",
                identity_pool_id=POOL,
                basic_flow=BasicFlow(role_arn=ROLE, duration_seconds=900),
                policy=RefreshPolicy(advisory_refresh_window=1000),
            ),
            rejected("cache", "parameters", identity_pool_id=POOL, cache={}),
        ],
    )
    def test_the_error_names_the_parameter_and_the_next_step(self, arguments, parameter, hint):
        with pytest.raises(ConfigurationError) as caught:
            ProviderConfig(**arguments)
        assert parameter in caught.value.message
        assert hint in str(caught.value)
        assert SECRET not in str(caught.value)
        assert TOKEN not in str(caught.value)

    def test_a_store_is_not_its_description(self, tmp_path):
        with pytest.raises(ConfigurationError, match="not FileStore") as caught:
            ProviderConfig(POOL, store=FileStore(tmp_path / "store"))
        assert "StoreConfig.file" in caught.value.hint


@pytest.fixture(params=["sync", "aio"])
def kind(request):
    return Kind(is_async=request.param == "aio")


class Kind:
    """The methods of a config for one kind of providers."""

    def __init__(self, *, is_async):
        module, prefix = (aio, "Async") if is_async else (cognito_credentials, "")
        self.cache_class = getattr(module, f"{prefix}CredentialsCache")
        self.provider_class = getattr(module, f"{prefix}CognitoCredentialProvider")
        self.get_cache = ProviderConfig.async_cached if is_async else ProviderConfig.cached
        self.from_integration = async_cache if is_async else sync_cache


class TestProcessObjects:
    def test_equal_configs_have_the_same_cache(self, kind):
        first, second = ProviderConfig(POOL), ProviderConfig(POOL)
        cache = kind.get_cache(first)
        assert isinstance(cache, kind.cache_class)
        assert isinstance(cache.provider, kind.provider_class)
        copied = pickle.loads(pickle.dumps(first))  # noqa: S301
        assert {cache} == {kind.get_cache(config) for config in (first, second, copied)}

    def test_other_configs_have_other_caches(self, kind):
        caches = {kind.get_cache(create()) for create in CREATE.values()}
        assert len(caches) == len(CREATE)

    def test_the_cache_is_that_of_the_provider(self, kind):
        cache = kind.get_cache(ProviderConfig(POOL))
        assert cache.provider.cached() is cache

    def test_integrations_accept_a_config(self, kind):
        config = ProviderConfig(POOL)
        assert kind.from_integration(config) is kind.get_cache(config)

    def test_threads_get_the_same_cache(self, kind):
        count = 16
        barrier, caches = threading.Barrier(count), []

        def use():
            config = ProviderConfig(POOL, account_id="999999999999")
            barrier.wait()
            caches.append(kind.get_cache(config))

        threads = [threading.Thread(target=use) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(caches) == count
        assert len(set(caches)) == 1

    def test_a_store_that_cannot_be_created_is_an_error_of_its_first_use(self, kind, tmp_path):
        (tmp_path / "file").touch()
        config = ProviderConfig(POOL, store=StoreConfig.file(tmp_path / "file"))
        with pytest.raises(ConfigurationError, match="is a file"):
            kind.get_cache(config)
        (tmp_path / "file").unlink()
        assert kind.get_cache(config)

    def test_the_settings_of_this_process_are_read_at_first_use(self, kind, monkeypatch):
        monkeypatch.setenv("AWS_PROFILE", "missing")
        config = ProviderConfig(POOL, account_id="888888888888")
        with pytest.raises(ConfigurationError, match="missing"):
            kind.get_cache(config)


def test_a_provider_that_cannot_be_pickled_names_the_config():
    provider = from_cognito_identity_pool(POOL)
    for item in (provider, provider.cached()):
        with pytest.raises(TypeError, match="ProviderConfig"):
            pickle.dumps(item)
