"""Signing in at a certified OpenID provider that rotates refresh tokens."""

from __future__ import annotations

import json

import pytest
from chromium import address_of, at_the_end
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
def long_lived(provider):
    provider.state(lifetime=3600)


@pytest.fixture
def command(command, authority):
    command.environment["AWS_CA_BUNDLE"] = authority.ca
    return command


@pytest.fixture
def words(provider, pool):
    return ("--issuer", provider.url, "--client-id", "rs256", "--identity-pool-id", pool)


def sign_in(command, provider, *words):
    process = command.start("login", "--store", "file", *words, BROWSER="true %s")
    assert "You are signed in" in provider.get(address_of(process))
    return command.end(process)


def session(home) -> dict[str, object]:
    store = FileStore(home / ".aws" / "cognito-credentials" / "sessions")
    (key,) = store.list_keys()
    return json.loads(store.get(key))["session"]


def process(command, words) -> dict[str, str]:
    status, out, err = command("process", *words)
    assert status == 0, err
    return json.loads(out)


def delete_credentials() -> None:
    store = FileStore()
    for key in store.list_keys():
        if key.startswith("credentials:"):
            store.delete(key)


def test_sign_in_with_the_browser(command, provider, words, browser):
    running = command.start("login", "--store", "file", *words, BROWSER="true %s")
    browser.get(address_of(running))
    assert at_the_end(browser, "You are signed in")
    status, out, _ = command.end(running)
    assert status == 0
    assert out.startswith(f"Signed in as ann at {provider.url}.\n")
    assert process(command, words)["Version"] == 1


def test_sign_in_on_another_device(command, provider, words, browser):
    from selenium.webdriver.common.by import By

    running = command.start("login", "--device", "--store", "file", *words)
    address = next(line for line in running.stderr if line.startswith("or go to ")).split()[-1]
    browser.get(address)
    browser.find_element(By.TAG_NAME, "button").click()
    assert at_the_end(browser, "Agreed")
    status, out, _ = command.end(running)
    assert status == 0
    assert out.startswith(f"Signed in as ann at {provider.url}.\n")


@pytest.mark.parametrize("client", ["ps256", "es256"])
def test_other_signature_algorithms_are_accepted(command, provider, words, client, home):
    assert sign_in(command, provider, *words, "--client-id", client)[0] == 0
    assert session(home)["refresh_token"]


def test_each_refresh_token_is_used_once(command, provider, words, home):
    provider.state(lifetime=60)
    assert sign_in(command, provider, *words)[0] == 0
    before = provider.state()
    seen = {session(home)["refresh_token"]}
    for _ in range(3):
        delete_credentials()
        assert process(command, words)["AccessKeyId"]
        seen.add(session(home)["refresh_token"])
    after = provider.state()
    assert len(seen) == 4
    assert after["refreshes"] - before["refreshes"] == 3
    assert after["refused"] == before["refused"]


def test_concurrent_renewals_make_one_request(command, provider, words):
    provider.state(lifetime=60)
    assert sign_in(command, provider, *words)[0] == 0
    before = provider.state(lifetime=3600)
    crowd = [command.start("process", *words) for _ in range(4)]
    assert {command.end(running)[0] for running in crowd} == {0}
    after = provider.state()
    assert after["refreshes"] - before["refreshes"] == 1
    assert after["refused"] == before["refused"]


def test_a_refresh_token_that_is_used_twice_ends_the_session(command, provider, words, home):
    """The response with the new token was lost, or the file was copied."""
    provider.state(lifetime=60)
    assert sign_in(command, provider, *words)[0] == 0
    sessions = home / ".aws" / "cognito-credentials" / "sessions"
    (file,) = sessions.glob("*.json")
    copy = file.read_bytes()
    process(command, words)
    file.write_bytes(copy)
    delete_credentials()
    status, out, err = command("process", *words)
    assert (status, out) == (3, "")
    assert "invalid_grant" in err
    assert f"cognito-credentials login --issuer {provider.url}" in err


def test_logout_revokes_the_refresh_token(command, provider, words):
    assert sign_in(command, provider, *words)[0] == 0
    before = provider.state()
    status, out, err = command("logout", *words)
    assert (status, out, err) == (0, f"Signed out ann at {provider.url}.\n", "")
    assert provider.state()["revoked"] - before["revoked"] == 1
