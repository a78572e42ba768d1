"""Sign-in with a certified OpenID provider, which replaces a refresh token at every use."""

from __future__ import annotations

import json

import pytest
from chromium import read_sign_in_url, wait_for_heading
from strict_provider import strict_provider
from tls_authority import authority

from cognito_credentials.stores import FileStore

__all__ = ["authority"]


@pytest.fixture(scope="module")
def provider(signing_emulator, authority):
    with strict_provider(authority) as running:
        signing_emulator.add_oidc_issuer(running.url, running.key_set())
        yield running


@pytest.fixture(scope="module")
def pool(account, provider):
    arn = account.client("iam").create_open_id_connect_provider(
        Url=provider.url, ClientIDList=["rs256", "ps256", "es256"], ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    pool = account.pool(OpenIdConnectProviderARNs=[arn])
    account.set_roles(pool, authenticated=account.role(pool))
    return pool


@pytest.fixture(autouse=True)
def long_lived_id_tokens(provider):
    provider.state(lifetime=3600)


@pytest.fixture
def command(command, authority):
    command.environment["AWS_CA_BUNDLE"] = authority.ca
    return command


@pytest.fixture
def options(provider, pool):
    return ("--issuer", provider.url, "--client-id", "rs256", "--identity-pool-id", pool)


def sign_in(command, provider, *options):
    process = command.start("login", "--store", "file", *options, BROWSER="true %s")
    assert "You are signed in" in provider.get(read_sign_in_url(process))
    status, out, err = command.end(process)
    assert status == 0, err
    return out


def stored_session(home) -> dict[str, object]:
    store = FileStore(home / ".aws" / "cognito-credentials" / "sessions")
    (key,) = store.list_keys()
    return json.loads(store.get(key))["session"]


def get_credentials(command, options) -> dict[str, str]:
    status, out, err = command("process", *options)
    assert status == 0, err
    return json.loads(out)


def delete_cached_credentials() -> None:
    store = FileStore()
    for key in store.list_keys():
        if key.startswith("credentials:"):
            store.delete(key)


def test_credentials_are_available_after_signing_in_with_a_browser(
    command, provider, options, browser, home
):
    process = command.start("login", "--store", "file", *options, BROWSER="true %s")
    browser.get(read_sign_in_url(process))
    wait_for_heading(browser, "You are signed in")
    status, out, _ = command.end(process)
    assert status == 0
    assert f"ann at {provider.url}" in out
    assert stored_session(home)["refresh_token"]
    assert get_credentials(command, options)["Version"] == 1


def test_a_session_is_stored_after_signing_in_with_a_device_code(
    command, provider, options, browser, home
):
    from selenium.webdriver.common.by import By

    process = command.start("login", "--device", "--store", "file", *options)
    url = next(word for line in process.stderr for word in line.split() if "user_code=" in word)
    browser.get(url)
    browser.find_element(By.TAG_NAME, "button").click()
    wait_for_heading(browser, "Agreed")
    status, out, _ = command.end(process)
    assert status == 0
    assert f"ann at {provider.url}" in out
    assert stored_session(home)["refresh_token"]


@pytest.mark.parametrize("client", ["ps256", "es256"])
def test_id_tokens_with_other_signature_algorithms_are_accepted(
    command, provider, options, client, home
):
    sign_in(command, provider, *options, "--client-id", client)
    assert stored_session(home)["refresh_token"]


def test_each_refresh_token_is_used_once(command, provider, options, home):
    provider.state(lifetime=60)
    sign_in(command, provider, *options)
    before = provider.state()
    refresh_tokens = {stored_session(home)["refresh_token"]}
    for _ in range(3):
        delete_cached_credentials()
        assert get_credentials(command, options)["AccessKeyId"]
        refresh_tokens.add(stored_session(home)["refresh_token"])
    after = provider.state()
    assert len(refresh_tokens) == 4
    assert after["refreshes"] - before["refreshes"] == 3
    assert after["errors"] == before["errors"]


def test_concurrent_processes_refresh_the_id_token_once(command, provider, options):
    provider.state(lifetime=60)
    sign_in(command, provider, *options)
    before = provider.state(lifetime=3600)
    processes = [command.start("process", *options) for _ in range(4)]
    assert {command.end(process)[0] for process in processes} == {0}
    after = provider.state()
    assert after["refreshes"] - before["refreshes"] == 1
    assert after["errors"] == before["errors"]


def test_a_refresh_token_that_is_used_twice_ends_the_session(command, provider, options, home):
    """A token is used twice if the response with its replacement is lost, or if its file is copied."""
    provider.state(lifetime=60)
    sign_in(command, provider, *options)
    sessions = home / ".aws" / "cognito-credentials" / "sessions"
    (file,) = sessions.glob("*.json")
    copy = file.read_bytes()
    get_credentials(command, options)
    file.write_bytes(copy)
    delete_cached_credentials()
    status, out, err = command("process", *options)
    assert (status, out) == (3, "")
    assert "invalid_grant" in err
    assert f"cognito-credentials login --issuer {provider.url}" in err


def test_logout_revokes_the_refresh_token(command, provider, options):
    sign_in(command, provider, *options)
    before = provider.state()
    status, out, err = command("logout", *options)
    assert (status, err) == (0, "")
    assert f"ann at {provider.url}" in out
    assert provider.state()["revoked"] - before["revoked"] == 1
