"""Signing in with the real command: to user pools of moto, on pages of an issuer, with devices."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from chromium import address_of, at_the_end, programs, until
from emulated_account import PASSWORD
from openid_provider import OpenIdProvider
from terminal import on_a_terminal

from cognito_credentials.stores import FileStore

PASSWORD_LOGIN = ("login", "--profile", "game", "--password", "--store", "file", "--username")
LOGIN_COMMAND = "cognito-credentials login --profile game\n"
# An ID token of this age has just expired, and clocks are allowed to differ by a little more.
TOKEN_AGE_SECONDS = 3640


@pytest.fixture
def user(user_pool, never_printed):
    never_printed(PASSWORD)
    name = f"user-{secrets.token_hex(4)}"
    user_pool.sign_up(name)
    return name


def sign_in(command, user, *more, answers=PASSWORD + "\n", **environment):
    return command(*PASSWORD_LOGIN, user, *more, answers=answers, **environment)


def stored_session(home) -> dict[str, object]:
    store = FileStore(home / ".aws" / "cognito-credentials" / "sessions")
    (key,) = store.list_keys()
    return json.loads(store.get(key))


def operations(emulator, since):
    return [call.operation for call in emulator.calls[since:]]


# --- a user pool's password ---------------------------------------------------------------------


def test_sign_in_once_and_stay_signed_in(command, profile, user, home, signing_emulator):
    status, out, err = sign_in(command, user)
    assert (status, err) == (0, "")
    assert out.startswith(f"Signed in as {user} at https://cognito-idp.us-east-1.amazonaws.com/")
    status, out, err = command("process", "--profile", "game")
    assert (status, err) == (0, "")
    assert json.loads(out)["Version"] == 1
    since = len(signing_emulator.calls)
    assert command("process", "--profile", "game")[1] == out
    assert operations(signing_emulator, since) == []


def test_debug_shows_the_requests_and_the_store(
    command, profile, user, home, user_pool, signing_emulator
):
    status, _, err = sign_in(command, user, "--debug")
    assert status == 0
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{user_pool.id}"
    assert f"issuer = {user_pool.id} (profile game in {home}/.aws/config, line " in err
    assert f"POST {signing_emulator.endpoint_url}/ InitiateAuth: HTTP 200 in " in err
    assert f"Session at {issuer}: stored in {home}/.aws/cognito-credentials/sessions" in err
    status, _, err = command("logout", "--profile", "game", "--debug")
    assert status == 1
    assert " RevokeToken: HTTP " in err  # moto does not implement it
    assert f"Session at {issuer}: removed" in err


def test_without_a_session_no_guest_is_created(command, profile, signing_emulator):
    since = len(signing_emulator.calls)
    status, out, err = command("process", "--profile", "game")
    assert (status, out) == (3, "")
    assert "https://cognito-idp." in err
    assert err.endswith(LOGIN_COMMAND)
    assert operations(signing_emulator, since) == []


@pytest.fixture
def expired(command, profile, user, signing_emulator):
    """A user whose ID token has expired."""
    signing_emulator.clock.advance(-TOKEN_AGE_SECONDS)
    try:
        assert sign_in(command, user)[0] == 0
    finally:
        signing_emulator.clock.advance(TOKEN_AGE_SECONDS)
    return user


def test_an_expired_id_token_is_renewed_once_for_several_processes(
    command, expired, home, signing_emulator
):
    before = stored_session(home)["session"]
    since = len(signing_emulator.calls)
    crowd = [command.start("process", "--profile", "game") for _ in range(4)]
    documents = {command.end(process)[1] for process in crowd}
    assert len(documents) == 1
    assert json.loads(documents.pop())["AccessKeyId"]
    done = operations(signing_emulator, since)
    assert done.count("InitiateAuth") == 1
    assert done.count("GetCredentialsForIdentity") == 1
    after = stored_session(home)["session"]
    assert after["expires_at"] > before["expires_at"] + 3000
    assert after["refresh_token"] == before["refresh_token"]


def test_a_session_that_was_revoked_is_reported_with_the_login_command(
    command, expired, account, user_pool
):
    account.client("cognito-idp").admin_user_global_sign_out(
        UserPoolId=user_pool.id, Username=expired
    )
    status, out, err = command("process", "--profile", "game")
    assert (status, out) == (3, "")
    assert "Refresh Token has been revoked" in err
    assert err.endswith(LOGIN_COMMAND)


def test_a_network_failure_does_not_end_the_session(command, expired, home):
    before = stored_session(home)
    nowhere = {"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "", "no_proxy": ""}
    status, out, err = command("process", "--profile", "game", **nowhere)
    assert (status, out) == (5, "")
    assert "127.0.0.1:1" in err
    assert stored_session(home) == before
    assert command("process", "--profile", "game")[0] == 0
    status, out, err = sign_in(command, expired, **nowhere)
    assert (status, out) == (5, "")
    assert "Next: " in err


def test_a_wrong_password_is_rejected(command, profile, user, home, never_printed):
    wrong = never_printed("Wrong-horse-8")
    status, out, err = sign_in(command, user, answers=f"{wrong}\n")
    assert (status, out) == (3, "")
    assert "NotAuthorizedException: Incorrect username or password." in err
    assert "Next: " in err
    assert not list((home / ".aws").rglob("*.json"))


def test_an_unknown_user_is_rejected(command, profile):
    status, _, err = sign_in(command, "nobody")
    assert status == 3
    assert "UserNotFoundException" in err


def test_an_unknown_client_is_rejected(command, profile, user):
    status, _, err = sign_in(command, user, "--client-id", "another")
    assert status == 3
    assert "ResourceNotFoundException" in err


def test_a_required_new_password_is_set(command, profile, account, user_pool, never_printed):
    new = never_printed("Brand-new-horse-8")
    user = f"user-{secrets.token_hex(4)}"
    account.client("cognito-idp").admin_create_user(
        UserPoolId=user_pool.id, Username=user, TemporaryPassword=PASSWORD
    )
    status, out, _ = sign_in(command, user, answers=f"{PASSWORD}\n{new}\n")
    assert (status, out.startswith(f"Signed in as {user}")) == (0, True)


def test_a_new_password_that_violates_the_policy_is_rejected(command, profile, account, user_pool):
    user = f"user-{secrets.token_hex(4)}"
    account.client("cognito-idp").admin_create_user(
        UserPoolId=user_pool.id, Username=user, TemporaryPassword=PASSWORD
    )
    status, out, err = sign_in(command, user, answers=f"{PASSWORD}\nshort\n")
    assert (status, out) == (3, "")
    assert "InvalidPasswordException" in err


@pytest.fixture
def app_code(account, user, user_pool, monkeypatch):
    """A user whose second factor is an app; returns a function for the code that it shows."""
    from moto.cognitoidp.models import COGNITO_TOTP_MFA_SECRET, cognito_totp

    monkeypatch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")

    def code() -> str:
        import time

        return cognito_totp(COGNITO_TOTP_MFA_SECRET).generate(time.time()).decode()

    idp = account.unsigned("cognito-idp")
    access = user_pool.sign_in(user)["AccessToken"]
    idp.associate_software_token(AccessToken=access)
    idp.verify_software_token(AccessToken=access, UserCode=code())
    idp.set_user_mfa_preference(
        AccessToken=access, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    return code


def test_the_code_of_an_authenticator_app(command, profile, user, app_code):
    code = status = err = None
    while code != app_code():  # the app may have changed the code meanwhile
        code = app_code()
        status, _, err = sign_in(command, user, answers=f"{PASSWORD}\n{code}\n")
    assert (status, err) == (0, "")
    assert command("process", "--profile", "game")[0] == 0


def test_a_wrong_code_is_rejected(command, profile, user, app_code):
    wrong = f"{(int(app_code()) + 500_000) % 1_000_000:06}"
    status, out, err = sign_in(command, user, answers=f"{PASSWORD}\n{wrong}\n")
    assert (status, out) == (3, "")
    assert "CodeMismatchException" in err
    assert wrong not in err
    assert "Next: " in err


def test_a_second_code_follows_a_wrong_one(command, profile, user, app_code):
    code = status = out = err = None
    while code != app_code():
        code = app_code()
        wrong = f"{(int(code) + 500_000) % 1_000_000:06}"
        status, out, err = sign_in(command, user, answers=f"{PASSWORD}\n{wrong}\n{code}\n")
    assert (status, err.count("\n")) == (0, 1)
    assert out.startswith(f"Signed in as {user} at ")


def test_a_terminal_asks_again_after_a_wrong_password_or_code(
    command, profile, user, app_code, signing_emulator, never_printed
):
    wrong = never_printed("Wrong-horse-8")
    signing_emulator.fail(
        "RespondToAuthChallenge", "NotAuthorizedException", "Incorrect username or password."
    )
    status, seen = on_a_terminal(
        {**os.environ, **command.environment},
        ("login", "--profile", "game", "--password", "--store", "file"),
        ("User name: ", f"{user}\n"),
        ("Password: ", f"{wrong}\n"),
        ("Try again.\r\nPassword: ", f"{PASSWORD}\n"),
        ("Code (authenticator app): ", "12\n"),
        (
            "Try again.\r\nCode (authenticator app): ",
            lambda: f"{app_code()}\n",
        ),
    )
    assert status == 0, seen
    assert f"Signed in as {user} at " in seen
    assert PASSWORD not in seen


def test_the_code_of_a_text_message(command, profile, user, account, user_pool):
    access = user_pool.sign_in(user)["AccessToken"]
    account.unsigned("cognito-idp").set_user_mfa_preference(
        AccessToken=access, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    status, _, err = sign_in(command, user, answers=f"{PASSWORD}\n123456\n")
    assert (status, err) == (0, "")


def test_a_missing_code_is_rejected(command, profile, user, app_code):
    status, out, err = sign_in(command, user)
    assert (status, out) == (2, "")
    assert "Code (authenticator app)" in err


# --- the place of a session -----------------------------------------------------------------


def test_the_session_is_stored_in_the_keychain_if_there_is_one(
    command, profile, user, keychain, home, tmp_path
):
    words = ("login", "--profile", "game", "--password", "--username", user)
    status, out, err = command(*words, answers=PASSWORD + "\n", **keychain)
    assert (status, err) == (0, "")
    assert "stored in the keychain" in out
    assert "session" not in stored_session(home)
    assert command("process", "--profile", "game", **keychain)[0] == 0
    status, out, _ = command("logout", "--profile", "game", **keychain)
    assert (status, out.startswith("Removed ")) == (1, True)
    assert json.loads((tmp_path / "keychain").read_text()) == {}


def test_without_a_keychain_and_a_terminal_the_login_is_rejected(
    command, profile, user, signing_emulator
):
    since = len(signing_emulator.calls)
    words = ("login", "--profile", "game", "--password", "--username", user)
    status, out, err = command(*words, answers=PASSWORD + "\n")
    assert (status, out) == (2, "")
    assert "--store file" in err
    assert operations(signing_emulator, since) == []


def test_local_users_have_separate_identities(command, profile, user_pool, user):
    other = f"user-{secrets.token_hex(4)}"
    user_pool.sign_up(other)
    assert sign_in(command, user)[0] == 0
    assert sign_in(command, other, "--user", "ben")[0] == 0
    formats = ("export", "--format", "json", "--profile", "game")
    identities = [
        json.loads(command(*formats, *user_words)[1])["IdentityId"]
        for user_words in ((), ("--user", "ben"))
    ]
    assert len(set(identities)) == 2
    status, out, err = command(*formats, "--user", "eve")
    assert (status, out) == (3, "")
    assert "as eve" in err
    assert err.endswith("cognito-credentials login --profile game --user eve\n")


def test_logout_deletes_the_credentials_and_names_a_token_that_was_not_revoked(
    command, profile, user, home, signing_emulator
):
    assert sign_in(command, user)[0] == 0
    assert command("process", "--profile", "game")[0] == 0
    status, out, err = command("logout", "--profile", "game")
    assert status == 1
    assert out.startswith(f"Removed the session of {user} at ")
    assert "may still be valid" in err  # moto does not implement RevokeToken
    store = FileStore()
    assert not [key for key in store.list_keys() if key.startswith("credentials:")]
    assert command("process", "--profile", "game")[0] == 3
    assert command("logout", "--profile", "game")[1].startswith("Nobody is signed in at ")


# --- the browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def issuer():
    """The address of an `oidc-provider-mock`, which runs in its own process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
            break
    else:
        pytest.fail("oidc-provider-mock did not start")
    drain = threading.Thread(target=process.stderr.read)
    drain.start()
    yield found[1]
    process.terminate()
    process.wait()
    drain.join()
    process.stderr.close()


def submit_user_name(browser, address, name="ann@example.com") -> None:
    from selenium.webdriver.common.by import By

    browser.get(address)
    browser.find_element(By.NAME, "sub").send_keys(name)
    browser.find_element(By.CSS_SELECTOR, "button[type=submit]").click()


def login_at(issuer, *more):
    return ("login", "--issuer", issuer, "--client-id", "app", "--store", "file", *more)


@pytest.fixture
def secret(never_printed):
    """The options and the variable for a client secret; the issuer requires one and accepts any."""
    value = never_printed(secrets.token_urlsafe(24))
    return ("--client-secret", "env:CLIENT_SECRET"), {"CLIENT_SECRET": value}


def test_sign_in_with_the_browser(command, issuer, browser, secret, tmp_path, home):
    words, environment = secret
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {tmp_path}/opened\n')
    opener.chmod(0o700)
    process = command.start(*login_at(issuer, *words), BROWSER=f"{opener} %s", **environment)
    address = address_of(process)
    submit_user_name(browser, address)
    assert at_the_end(browser, "You are signed in")
    status, out, _ = command.end(process)
    assert status == 0
    assert out.startswith(f"Signed in as ann@example.com at {issuer}.")
    assert (tmp_path / "opened").read_text() == address
    session = stored_session(home)["session"]
    assert session["subject"] == "ann@example.com"
    assert session["refresh_token"]


def test_a_redirect_from_another_sign_in_is_ignored(command, issuer, browser, secret):
    words, environment = secret
    process = command.start(*login_at(issuer, *words), BROWSER="true %s", **environment)
    address = address_of(process)
    (place,) = parse_qs(urlsplit(address).query)["redirect_uri"]
    browser.get(f"{place}?code=1&state=another")
    assert at_the_end(browser, "This is another sign-in")
    submit_user_name(browser, address)
    assert at_the_end(browser, "You are signed in")
    assert command.end(process)[0] == 0


VISIT = """
import sys, urllib.parse, urllib.request
asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(sys.argv[1]).query))
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
query = urllib.parse.urlencode({"state": asked["state"], "error": "access_denied"})
page = opener.open(f"{asked['redirect_uri']}?{query}").read().decode()
open(sys.argv[2], "w").write(page)
"""


@pytest.mark.skipif(os.name == "nt", reason="named pipes")
def test_a_browser_that_waits_for_the_last_page_receives_it(command, issuer, secret, tmp_path):
    words, environment = secret
    pipe, visit = tmp_path / "pipe", tmp_path / "visit.py"
    os.mkfifo(pipe)
    visit.write_text(VISIT)
    process = command.start(
        *login_at(issuer, *words), BROWSER=f"{sys.executable} {visit} %s {pipe}", **environment
    )
    assert "You are not signed in" in pipe.read_text()
    assert command.end(process)[0] == 3


def test_the_wait_for_the_browser_is_limited(command, issuer):
    status, out, err = command(*login_at(issuer, "--timeout", "0.05"), BROWSER="true %s")
    assert (status, out) == (5, "")
    assert "--no-browser" in err
    assert "--device" in err


def test_sign_in_with_a_browser_on_another_machine(command, issuer, browser, secret):
    words, environment = secret
    process = command.start(*login_at(issuer, "--no-browser", *words), **environment)
    submit_user_name(browser, address_of(process))
    until(browser, lambda _: "code=" in browser.current_url)
    status, out, err = command.end(process, browser.current_url + "\n")
    assert status == 0, err
    assert out.startswith("Signed in as ann@example.com")


def test_an_issuer_that_does_not_respond(command):
    status, out, err = command(*login_at("http://127.0.0.1:1"))
    assert (status, out) == (5, "")
    assert "127.0.0.1:1" in err


# --- devices ------------------------------------------------------------------------------------


@pytest.fixture
def provider():
    with OpenIdProvider() as running:
        yield running


def sign_in_device(command, provider, *, is_agreed=True):
    process = command.start(*login_at(provider.url, "--device"))
    assert provider.waits_for_decision.wait(30)
    provider.decide(is_agreed=is_agreed)
    status, out, err = command.end(process)
    assert not any(secret in out + err for secret in provider.issued)
    return status, out, err


def test_sign_in_on_another_device(command, provider):
    status, out, err = sign_in_device(command, provider)
    assert status == 0
    (credential,) = provider.devices.values()
    assert f"{provider.url}/activate" in err
    assert credential.get_user_code() in err
    assert out.startswith("Signed in as ann@example.com")
    assert credential.get_scope() == "openid email offline_access"


def test_a_sign_in_that_the_user_denies(command, provider):
    status, out, err = sign_in_device(command, provider, is_agreed=False)
    assert (status, out) == (3, "")
    assert "access_denied" in err


def test_a_rotated_refresh_token_is_stored(command, provider, home, identity_pool):
    provider.lifetime = 60
    assert sign_in_device(command, provider)[0] == 0
    words = ("--issuer", provider.url, "--client-id", "app", "--identity-pool-id", identity_pool)
    for _ in range(2):
        # The pool of the emulator rejects the token of this issuer, but it has been renewed before.
        status, _, err = command("process", *words)
        assert status in {3, 4}, err
        assert stored_session(home)["session"]["refresh_token"] in provider.refresh_tokens
    assert provider.refreshes >= 2
    provider.revoke_all()
    status, out, err = command("process", *words)
    assert (status, out) == (3, "")
    assert "invalid_grant" in err
    assert f"cognito-credentials login --issuer {provider.url} --client-id app\n" in err
    assert not any(secret in err for secret in provider.issued)


def test_logout_revokes_the_refresh_token_at_the_issuer(command, provider, home):
    assert sign_in_device(command, provider)[0] == 0
    status, out, err = command("logout", "--all")
    assert (status, err) == (0, "")
    assert out == f"Signed out ann@example.com at {provider.url}.\n"
    assert provider.refresh_tokens == {}
    assert not list((home / ".aws").rglob("*.json"))
    assert command("logout", "--all")[1] == "Nobody is signed in.\n"


# --- the browser of these tests -------------------------------------------------------------


def test_without_a_browser_tests_are_skipped_except_in_ci(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt install chromium chromium-driver"):
        programs()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt install chromium chromium-driver"):
        programs()
