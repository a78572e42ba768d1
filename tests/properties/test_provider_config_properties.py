"""Properties that hold for every `ProviderConfig`."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_credentials import (
    CommandToken,
    ConfigurationError,
    EnvironmentToken,
    FileToken,
    ProviderConfig,
    RefreshPolicy,
    login_from_id_token,
)
from cognito_credentials.stores import StoreConfig

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"

WORDS = st.text(alphabet="abcxyz/._-", min_size=1, max_size=8)
TIMEOUTS = st.integers(1, 3600)
SUPPLIERS = (
    st.builds(FileToken, WORDS, timeout=TIMEOUTS)
    | st.builds(EnvironmentToken, WORDS)
    | st.builds(CommandToken, st.lists(WORDS, min_size=1, max_size=3), timeout=TIMEOUTS)
)
STORES = (
    st.none()
    | st.builds(StoreConfig.file, WORDS, max_entries=st.integers(1, 9))
    | st.builds(StoreConfig.memory, st.integers(1, 9))
    | st.builds(
        StoreConfig.redis,
        st.just("redis://localhost:6379") | st.builds(EnvironmentToken, WORDS),
        sealing_key=st.builds(FileToken, WORDS) | st.builds(EnvironmentToken, WORDS),
    )
)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "account_id": st.from_regex(r"[0-9]{12}", fullmatch=True),
        "user_identifier": WORDS,
        "custom_role_arn": WORDS.map("arn:aws:iam::123456789012:role/{}".format),
        "logins": st.dictionaries(WORDS, SUPPLIERS, max_size=3)
        | st.builds(login_from_id_token, SUPPLIERS),
        "client_config": st.fixed_dictionaries(
            {},
            optional={
                "connect_timeout": st.integers(1, 9),
                "proxies": st.dictionaries(st.sampled_from(["http", "https", "no"]), WORDS),
                "client_cert": WORDS | st.tuples(WORDS, WORDS),
                "use_fips_endpoint": st.booleans(),
            },
        ),
        "store": STORES,
        "policy": st.none() | st.builds(RefreshPolicy, jitter=st.floats(0, 1)),
    },
)


@settings(max_examples=40)
@given(ARGUMENTS, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_a_pickled_config_is_equal_and_has_the_same_repr(arguments, protocol):
    config = ProviderConfig(POOL, **arguments)
    for copied in (
        pickle.loads(pickle.dumps(config, protocol)),  # noqa: S301
        copy.deepcopy(config),
        ProviderConfig(POOL, **copy.deepcopy(arguments)),
    ):
        assert (copied, hash(copied), repr(copied)) == (config, hash(config), repr(config))


@settings(max_examples=40)
@given(ARGUMENTS, ARGUMENTS)
def test_configs_are_equal_only_if_they_pickle_to_equal_arguments(first, second):
    configs = [ProviderConfig(POOL, **arguments) for arguments in (first, second)]
    arguments = [config._arguments for config in configs]
    assert (configs[0] == configs[1]) is (arguments[0] == arguments[1])
    assert len(set(configs)) == 1 + (arguments[0] != arguments[1])


@settings(max_examples=25)
@given(st.text(alphabet="ABCabc0189-_.", min_size=16, max_size=60))
def test_a_secret_is_rejected_and_not_shown(secret):
    attempts = [
        {"logins": {"accounts.google.com": secret}},
        {"logins": {"accounts.google.com": lambda: secret}},
        {"client_config": {"proxies": {"https": f"http://user:{secret}@proxy"}}},
        {"client_config": {"endpoint_url": f"http://user:{secret}@localhost"}},
        {"client_config": {"credentials": secret}},
    ]
    for arguments in attempts:
        with pytest.raises(ConfigurationError) as caught:
            ProviderConfig(POOL, **arguments)
        assert secret not in str(caught.value)
    for url in (f"redis://:{secret}@localhost", f"redis://localhost?password={secret}"):
        with pytest.raises(ConfigurationError) as caught:
            StoreConfig.redis(url, sealing_key=EnvironmentToken("KEY"))
        assert secret not in str(caught.value)
    with pytest.raises(ConfigurationError) as caught:
        StoreConfig.redis("redis://localhost", sealing_key=secret)
    assert secret not in str(caught.value)
