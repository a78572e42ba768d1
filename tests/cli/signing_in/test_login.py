"""`login` and `logout` in child processes, with user pools, a browser and device codes."""

from __future__ import annotations

import html
import json
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from chromium import find_programs, read_sign_in_url, wait_for_heading, wait_until
from emulated_account import PASSWORD
from openid_provider import OpenIdProvider
from terminal import run_on_terminal

from cognito_credentials.stores import FileStore

PASSWORD_LOGIN = ("login", "--profile", "game", "--password", "--store", "file", "--username")
LOGIN_COMMAND = "cognito-credentials login --profile game\n"
# An ID token of this age has expired, but `login` accepts it, because clocks may differ.
EXPIRED_SECONDS = 3640
UNREACHABLE = {"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "", "no_proxy": ""}


@pytest.fixture
def user(user_pool, never_printed):
    never_printed(PASSWORD)
    name = f"user-{secrets.token_hex(4)}"
    user_pool.sign_up(name)
    return name


def sign_in(command, user, *more, stdin=PASSWORD + "\n", **environment):
    return command(*PASSWORD_LOGIN, user, *more, stdin=stdin, **environment)


def stored_record(home) -> dict[str, object]:
    """Return the stored record of the only session in the file store."""
    store = FileStore(home / ".aws" / "cognito-credentials" / "sessions")
    (key,) = store.list_keys()
    return json.loads(store.get(key))


def operations_since(emulator, index):
    return [call.operation for call in emulator.calls[index:]]


# --- user pools ---------------------------------------------------------------------------------


def test_credentials_are_available_after_signing_in_once(command, profile, user, signing_emulator):
    status, out, err = sign_in(command, user)
    assert (status, err) == (0, "")
    assert user in out
    status, out, err = command("process", "--profile", "game")
    assert (status, err) == (0, "")
    assert json.loads(out)["Version"] == 1
    index = len(signing_emulator.calls)
    assert command("process", "--profile", "game")[1] == out
    assert operations_since(signing_emulator, index) == []


def test_debug_output_shows_settings_requests_and_changes_of_the_session(
    command, profile, user, home, user_pool, signing_emulator
):
    status, _, err = sign_in(command, user, "--debug")
    assert status == 0
    assert f"{home}/.aws/config, line " in err
    assert re.search(f"{re.escape(signing_emulator.endpoint_url)}.* InitiateAuth", err)
    assert re.search(f"{user_pool.id}.*{home}/.aws/cognito-credentials/sessions", err)
    status, _, err = command("logout", "--profile", "game", "--debug")
    assert status == 0
    assert "RevokeToken" in err
    assert err.count(f"/{user_pool.id}") >= 2


def test_a_user_who_is_not_signed_in_does_not_become_a_guest(command, profile, signing_emulator):
    index = len(signing_emulator.calls)
    status, out, err = command("process", "--profile", "game")
    assert (status, out) == (3, "")
    assert LOGIN_COMMAND in err
    assert operations_since(signing_emulator, index) == []


@pytest.fixture
def expired_user(command, profile, user, signing_emulator):
    """A user whose ID token has expired."""
    signing_emulator.clock.advance(-EXPIRED_SECONDS)
    try:
        assert sign_in(command, user)[0] == 0
    finally:
        signing_emulator.clock.advance(EXPIRED_SECONDS)
    return user


def test_concurrent_processes_refresh_an_expired_id_token_once(
    command, expired_user, home, signing_emulator
):
    before = stored_record(home)["session"]
    index = len(signing_emulator.calls)
    processes = [command.start("process", "--profile", "game") for _ in range(4)]
    documents = {command.end(process)[1] for process in processes}
    assert len(documents) == 1
    assert json.loads(documents.pop())["AccessKeyId"]
    operations = operations_since(signing_emulator, index)
    assert operations.count("InitiateAuth") == 1
    assert operations.count("GetCredentialsForIdentity") == 1
    after = stored_record(home)["session"]
    assert after["expires_at"] > before["expires_at"] + 3000
    assert after["refresh_token"] == before["refresh_token"]


def test_a_session_that_was_revoked_elsewhere_asks_the_user_to_sign_in(
    command, expired_user, account, user_pool
):
    account.client("cognito-idp").admin_user_global_sign_out(
        UserPoolId=user_pool.id, Username=expired_user
    )
    status, out, err = command("process", "--profile", "game")
    assert (status, out) == (3, "")
    assert "Refresh Token has been revoked" in err
    assert LOGIN_COMMAND in err


def test_a_session_survives_a_failed_connection(command, expired_user, home):
    before = stored_record(home)
    status, out, err = command("process", "--profile", "game", **UNREACHABLE)
    assert (status, out) == (5, "")
    assert "127.0.0.1:1" in err
    assert stored_record(home) == before
    assert command("process", "--profile", "game")[0] == 0


def test_login_reports_a_failed_connection(command, profile, user):
    status, out, err = sign_in(command, user, **UNREACHABLE)
    assert (status, out) == (5, "")
    assert "Next: " in err


def test_a_wrong_password_is_rejected(command, profile, user, home, never_printed):
    wrong = never_printed("Wrong-horse-8")
    status, out, err = sign_in(command, user, stdin=f"{wrong}\n")
    assert (status, out) == (3, "")
    assert "NotAuthorizedException: Incorrect username or password." in err
    assert "Next: " in err
    assert not list((home / ".aws").rglob("*.json"))


def test_an_unknown_user_is_rejected(command, profile):
    status, _, err = sign_in(command, "unknown-user")
    assert status == 3
    assert "UserNotFoundException" in err


def test_an_unknown_client_is_rejected(command, profile, user):
    status, _, err = sign_in(command, user, "--client-id", "another")
    assert status == 3
    assert "ResourceNotFoundException" in err


@pytest.fixture
def invited_user(account, user_pool, never_printed):
    """A user with a temporary password."""
    name = f"user-{secrets.token_hex(4)}"
    account.client("cognito-idp").admin_create_user(
        UserPoolId=user_pool.id, Username=name, TemporaryPassword=never_printed(PASSWORD)
    )
    return name


def test_a_temporary_password_is_replaced(command, profile, invited_user, never_printed):
    new = never_printed("Brand-new-horse-8")
    status, out, _ = sign_in(command, invited_user, stdin=f"{PASSWORD}\n{new}\n")
    assert status == 0
    assert invited_user in out


def test_a_new_password_that_the_user_pool_does_not_accept_is_rejected(
    command, profile, invited_user
):
    status, out, err = sign_in(command, invited_user, stdin=f"{PASSWORD}\nshort\n")
    assert (status, out) == (3, "")
    assert "InvalidPasswordException" in err


@pytest.fixture
def authenticator_code(account, user, user_pool, monkeypatch):
    """Enable an authenticator app for the user, and return a function that returns its code."""
    from moto.cognitoidp.models import COGNITO_TOTP_MFA_SECRET, cognito_totp

    monkeypatch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")

    def current_code() -> str:
        return cognito_totp(COGNITO_TOTP_MFA_SECRET).generate(time.time()).decode()

    idp = account.unsigned("cognito-idp")
    access_token = user_pool.sign_in(user)["AccessToken"]
    idp.associate_software_token(AccessToken=access_token)
    idp.verify_software_token(AccessToken=access_token, UserCode=current_code())
    idp.set_user_mfa_preference(
        AccessToken=access_token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    return current_code


def wrong_code(code: str) -> str:
    return f"{(int(code) + 500_000) % 1_000_000:06}"


def test_a_code_of_an_authenticator_app_is_accepted(command, profile, user, authenticator_code):
    code = status = err = None
    while code != authenticator_code():  # Repeat the sign-in if the code expired in the meantime.
        code = authenticator_code()
        status, _, err = sign_in(command, user, stdin=f"{PASSWORD}\n{code}\n")
    assert (status, err) == (0, "")
    assert command("process", "--profile", "game")[0] == 0


def test_a_wrong_code_of_an_authenticator_app_is_rejected(
    command, profile, user, authenticator_code
):
    wrong = wrong_code(authenticator_code())
    status, out, err = sign_in(command, user, stdin=f"{PASSWORD}\n{wrong}\n")
    assert (status, out) == (3, "")
    assert "CodeMismatchException" in err
    assert wrong not in err
    assert "Next: " in err


def test_the_next_line_of_standard_input_replaces_a_wrong_code(
    command, profile, user, authenticator_code
):
    code = status = out = err = None
    while code != authenticator_code():
        code = authenticator_code()
        stdin = f"{PASSWORD}\n{wrong_code(code)}\n{code}\n"
        status, out, err = sign_in(command, user, stdin=stdin)
    assert (status, err.count("\n")) == (0, 1)
    assert user in out


def test_a_terminal_prompts_again_for_a_wrong_password_and_a_wrong_code(
    command, profile, user, authenticator_code, signing_emulator, never_printed
):
    wrong = never_printed("Wrong-horse-8")
    signing_emulator.fail(
        "RespondToAuthChallenge", "NotAuthorizedException", "Incorrect username or password."
    )
    status, output = run_on_terminal(
        {**os.environ, **command.environment},
        ("login", "--profile", "game", "--password", "--store", "file"),
        ("User name: ", f"{user}\n"),
        ("Password: ", f"{wrong}\n"),
        ("\r\nPassword: ", f"{PASSWORD}\n"),
        ("Code (authenticator app): ", "12\n"),
        ("\r\nCode (authenticator app): ", lambda: f"{authenticator_code()}\n"),
    )
    assert status == 0, output
    assert PASSWORD not in output


def test_a_code_of_a_text_message_is_accepted(command, profile, user, account, user_pool):
    access_token = user_pool.sign_in(user)["AccessToken"]
    account.unsigned("cognito-idp").set_user_mfa_preference(
        AccessToken=access_token, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    status, _, err = sign_in(command, user, stdin=f"{PASSWORD}\n123456\n")
    assert (status, err) == (0, "")


def test_a_missing_code_is_reported(command, profile, user, authenticator_code):
    status, out, err = sign_in(command, user)
    assert (status, out) == (2, "")
    assert "code (authenticator app)" in err


# --- sessions -----------------------------------------------------------------------------------


def test_a_session_is_stored_in_the_chosen_keychain(
    command, profile, user, keychain, home, tmp_path
):
    login = ("login", "--profile", "game", "--password", "--store", "keychain")
    status, out, err = command(*login, "--username", user, stdin=PASSWORD + "\n", **keychain)
    assert (status, err) == (0, "")
    assert "keychain" in out
    assert "session" not in stored_record(home)
    assert command("process", "--profile", "game", **keychain)[0] == 0
    status, out, _ = command("logout", "--profile", "game", **keychain)
    assert status == 0
    assert user in out
    assert json.loads((tmp_path / "keychain").read_text()) == {}


@pytest.mark.parametrize(
    ("backend", "store"),
    [("Keyring", None), ("PlaintextKeyring", None), ("PlaintextKeyring", "keychain")],
)
def test_a_backend_that_may_not_encrypt_is_used_only_with_the_users_consent(
    command, profile, user, keychain, tmp_path, backend, store
):
    keychain["PYTHON_KEYRING_BACKEND"] = f"file_keychain.{backend}"
    login = ("login", "--profile", "game", "--password", "--username", user)
    words = ("--store", store) if store else ()
    status, out, err = command(*login, *words, stdin=PASSWORD + "\n", **keychain)
    assert (status, out) == (2, "")
    assert f"file_keychain.{backend}" in err
    assert "--store file" in err.partition("Next: ")[2]
    assert not (tmp_path / "keychain").exists()


def test_files_are_used_only_with_the_users_consent(command, profile, user, signing_emulator):
    index = len(signing_emulator.calls)
    login = ("login", "--profile", "game", "--password", "--username", user)
    status, out, err = command(*login, stdin=PASSWORD + "\n")
    assert (status, out) == (2, "")
    assert "--store file" in err.partition("Next: ")[2]
    assert operations_since(signing_emulator, index) == []


def test_local_users_have_separate_sessions(command, profile, user_pool, user):
    other = f"user-{secrets.token_hex(4)}"
    user_pool.sign_up(other)
    assert sign_in(command, user)[0] == 0
    assert sign_in(command, other, "--user", "ben")[0] == 0
    export = ("export", "--format", "json", "--profile", "game")
    identities = {
        json.loads(command(*export, *options)[1])["IdentityId"]
        for options in ((), ("--user", "ben"))
    }
    assert len(identities) == 2
    status, out, err = command(*export, "--user", "eve")
    assert (status, out) == (3, "")
    assert "cognito-credentials login --profile game --user eve\n" in err


def test_logout_removes_the_session_and_the_cached_credentials(command, profile, user):
    assert sign_in(command, user)[0] == 0
    assert command("process", "--profile", "game")[0] == 0
    status, out, err = command("logout", "--profile", "game")
    assert (status, err) == (0, "")
    assert user in out
    assert not [key for key in FileStore().list_keys() if key.startswith("credentials:")]
    assert command("process", "--profile", "game")[0] == 3
    assert command("logout", "--profile", "game")[0] == 0


# --- browsers -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def issuer():
    """Run `oidc-provider-mock`, and yield its URL."""
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


def submit_sign_in_page(browser, url, name="ann@example.com") -> None:
    from selenium.webdriver.common.by import By

    browser.get(url)
    browser.find_element(By.NAME, "sub").send_keys(name)
    browser.find_element(By.CSS_SELECTOR, "button[type=submit]").click()


def login_arguments(issuer, *more):
    return ("login", "--issuer", issuer, "--client-id", "app", "--store", "file", *more)


@pytest.fixture
def secret(never_printed):
    """Options and environment variables with a client secret; the issuer accepts any secret."""
    value = never_printed(secrets.token_urlsafe(24))
    return ("--client-secret", "env:CLIENT_SECRET"), {"CLIENT_SECRET": value}


# This program replaces the browser. It records its command line, a copy of the page, and the
# permissions of the page and of its folder.
OPENER = """\
#!/bin/sh
page=${1#file://}
stat -c %a "$page" "${page%/*}" > "$0.modes"
cp "$page" "$0.html"
printf %s "$*" > "$0.opened"
"""


def test_login_opens_the_browser_and_stores_a_session(
    command, issuer, browser, secret, tmp_path, home
):
    opener = tmp_path / "opener"
    opener.write_text(OPENER)
    opener.chmod(0o700)
    os.mkfifo(tmp_path / "opener.opened")
    options, environment = secret
    environment["TMPDIR"] = str(tmp_path)
    process = command.start(
        *login_arguments(issuer, *options), BROWSER=f"{opener} %s", **environment
    )
    url = read_sign_in_url(process)
    opened = (tmp_path / "opener.opened").read_text()
    submit_sign_in_page(browser, opened)
    wait_for_heading(browser, "You are signed in")
    status, out, _ = command.end(process)
    assert status == 0
    assert "ann@example.com" in out
    assert issuer in out
    # Other users of the machine can read the browser's command line, but not the page.
    assert opened.startswith("file:///")
    assert not any(value in opened for value in secret_values(url))
    assert (tmp_path / "opener.modes").read_text().split() == ["600", "700"]
    assert html.escape(url) in (tmp_path / "opener.html").read_text()
    assert not list(tmp_path.glob("cognito-credentials-*"))
    session = stored_record(home)["session"]
    assert session["subject"] == "ann@example.com"
    assert session["refresh_token"]


def secret_values(url):
    parameters = parse_qs(urlsplit(url).query)
    return [parameters[name][0] for name in ("state", "nonce", "code_challenge")]


def test_the_page_is_removed_if_the_sign_in_fails(command, issuer, tmp_path):
    arguments = login_arguments(issuer, "--timeout", "0.5")
    assert command(*arguments, BROWSER="true %s", TMPDIR=str(tmp_path))[0] == 5
    assert not list(tmp_path.glob("cognito-credentials-*"))


def test_a_redirect_of_another_sign_in_is_ignored(command, issuer, browser, secret):
    options, environment = secret
    process = command.start(*login_arguments(issuer, *options), BROWSER="true %s", **environment)
    url = read_sign_in_url(process)
    (redirect_uri,) = parse_qs(urlsplit(url).query)["redirect_uri"]
    browser.get(f"{redirect_uri}?code=1&state=another")
    wait_for_heading(browser, "This is another sign-in")
    submit_sign_in_page(browser, url)
    wait_for_heading(browser, "You are signed in")
    assert command.end(process)[0] == 0


BLOCKING_BROWSER = """
import html, re, sys, urllib.parse, urllib.request
page = urllib.request.urlopen(sys.argv[1]).read().decode()
url = html.unescape(re.search('href="(.*?)"', page)[1])
parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
query = urllib.parse.urlencode({"state": parameters["state"], "error": "access_denied"})
page = opener.open(f"{parameters['redirect_uri']}?{query}").read().decode()
open(sys.argv[2], "w").write(page)
"""


@pytest.mark.skipif(os.name == "nt", reason="named pipes")
def test_a_browser_command_that_waits_for_the_page_does_not_block_login(
    command, issuer, secret, tmp_path
):
    options, environment = secret
    pipe, program = tmp_path / "pipe", tmp_path / "browser.py"
    os.mkfifo(pipe)
    program.write_text(BLOCKING_BROWSER)
    process = command.start(
        *login_arguments(issuer, *options),
        BROWSER=f"{sys.executable} {program} %s {pipe}",
        **environment,
    )
    assert "You are not signed in" in pipe.read_text()
    assert command.end(process)[0] == 3


def test_login_fails_if_the_browser_does_not_return_in_time(command, issuer):
    status, out, err = command(*login_arguments(issuer, "--timeout", "0.05"), BROWSER="true %s")
    assert (status, out) == (5, "")
    assert "0.05 s" in err
    next_step = err.partition("Next: ")[2]
    assert "--no-browser" in next_step
    assert "--device" in next_step


def test_no_browser_reads_the_url_of_the_redirect(command, issuer, browser, secret):
    options, environment = secret
    process = command.start(*login_arguments(issuer, "--no-browser", *options), **environment)
    submit_sign_in_page(browser, read_sign_in_url(process))
    wait_until(browser, lambda _: "code=" in browser.current_url)
    status, out, err = command.end(process, browser.current_url + "\n")
    assert status == 0, err
    assert "ann@example.com" in out


def sign_in_with_browser(command, issuer, browser, secret, name):
    """Sign in as a user of the issuer; return the exit status, output and error output."""
    options, environment = secret
    process = command.start(*login_arguments(issuer, *options), BROWSER="true %s", **environment)
    submit_sign_in_page(browser, read_sign_in_url(process), name)
    wait_for_heading(browser, "You are signed in")
    return command.end(process)


def test_a_browser_cannot_replace_the_session_of_another_user_without_confirmation(
    command, issuer, browser, secret, home
):
    arguments = command, issuer, browser, secret
    assert sign_in_with_browser(*arguments, "ann@example.com")[0] == 0
    before = stored_record(home)
    status, out, err = sign_in_with_browser(*arguments, "eve@example.com")
    assert (status, out) == (2, "")
    assert "eve@example.com" in err
    assert "ann@example.com" in err
    assert "logout" in err.partition("Next: ")[2]
    assert stored_record(home) == before


def test_an_unreachable_issuer_is_reported(command):
    status, out, err = command(*login_arguments("http://127.0.0.1:1"))
    assert (status, out) == (5, "")
    assert "127.0.0.1:1" in err


# --- devices ------------------------------------------------------------------------------------


@pytest.fixture
def provider():
    with OpenIdProvider() as running:
        yield running


def sign_in_device(command, provider, *, is_approved=True):
    process = command.start(*login_arguments(provider.url, "--device"))
    assert provider.has_been_polled.wait(30)
    provider.decide(is_approved=is_approved)
    status, out, err = command.end(process)
    assert not any(secret in out + err for secret in provider.issued)
    return status, out, err


def test_device_prints_the_code_and_its_url(command, provider):
    status, out, err = sign_in_device(command, provider)
    assert status == 0
    (credential,) = provider.devices.values()
    assert f"{provider.url}/activate" in err
    assert credential.get_user_code() in err
    assert "ann@example.com" in out
    assert credential.get_scope() == "openid email offline_access"


def test_a_device_that_the_user_rejects_is_not_signed_in(command, provider):
    status, out, err = sign_in_device(command, provider, is_approved=False)
    assert (status, out) == (3, "")
    assert "access_denied" in err
    assert "Next: " in err


def test_a_replaced_refresh_token_is_stored(command, provider, home, identity_pool):
    provider.lifetime = 60
    assert sign_in_device(command, provider)[0] == 0
    process = (
        *("process", "--identity-pool-id", identity_pool),
        *("--issuer", provider.url, "--client-id", "app"),
    )
    for refreshes in (1, 2):
        # The identity pool rejects tokens from this issuer, but `process` refreshes the token
        # before it calls the pool.
        status, _, err = command(*process)
        assert status in {3, 4}, err
        assert provider.refreshes >= refreshes
        assert stored_record(home)["session"]["refresh_token"] in provider.refresh_tokens
    provider.revoke_all()
    status, out, err = command(*process)
    assert (status, out) == (3, "")
    assert "invalid_grant: no such token: [hidden]" in err
    assert f"cognito-credentials login --issuer {provider.url} --client-id app\n" in err
    assert not any(secret in err for secret in provider.issued)


def test_logout_revokes_the_refresh_token_at_the_issuer(command, provider, home):
    assert sign_in_device(command, provider)[0] == 0
    status, out, err = command("logout", "--all")
    assert (status, err) == (0, "")
    assert "ann@example.com" in out
    assert provider.refresh_tokens == {}
    assert not list((home / ".aws").rglob("*.json"))
    assert command("logout", "--all")[0] == 0


# --- the browser of these tests -----------------------------------------------------------------


def test_without_chromium_tests_are_skipped_and_fail_in_ci(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt install chromium chromium-driver"):
        find_programs()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt install chromium chromium-driver"):
        find_programs()
