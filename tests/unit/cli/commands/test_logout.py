from __future__ import annotations

import io
import json
import threading
from base64 import b64decode
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import keyring
import pytest
from keyring.backends import fail

from cognito_credentials import Credentials
from cognito_credentials._core import records
from cognito_credentials._sign_in.refresh import USER_POOL
from cognito_credentials._sign_in.sessions import FILE, Session, SessionKey, Sessions
from cognito_credentials.cli.program import main
from cognito_credentials.stores import FileStore

ISSUER = ["--issuer", "http://127.0.0.1:1", "--client-id", "app"]
SESSION_KEY = SessionKey("http://127.0.0.1:1", "app")


def session_of(key, *, refresh_token) -> Session:
    return Session(
        key,
        id_token="id-token-of-ann",
        refresh_token=refresh_token,
        expires_at=4e9,
        method="oauth",
        subject="user-1",
        name="ann",
        digests=("d2", "d1"),
    )


def credentials_record(key: str, *accepted: str) -> bytes:
    credentials = Credentials(
        access_key_id="ASIAEXAMPLE",
        secret_access_key="secret",
        session_token="token",
        expiration=datetime.fromtimestamp(2e9, UTC),
        identity_id="us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
    )
    return records.encode(
        key, records.Record(credentials, fetched_at=2e9 - 3600, skew=None, accepted=accepted)
    )


@pytest.fixture
def signed_in(never_printed):
    never_printed("id-token-of-ann")
    refresh_token = never_printed("refresh-token-of-ann")
    Sessions().save(session_of(SESSION_KEY, refresh_token=refresh_token), FILE)


def test_without_a_session_logout_succeeds(capsys):
    assert main(["logout", *ISSUER]) == 0
    assert "http://127.0.0.1:1" in capsys.readouterr().out
    assert main(["logout", "--all"]) == 0
    assert capsys.readouterr().err == ""


def test_without_the_session_the_command_that_ends_another_is_printed(signed_in, capsys):
    assert main(["logout", *ISSUER, "--user", "ben"]) == 0
    out = capsys.readouterr().out
    assert "http://127.0.0.1:1 as ben" in out
    assert out.endswith(
        f"cognito-credentials logout --issuer http://127.0.0.1:1 --client-id {SESSION_KEY.client_id}\n"
    )


def test_the_local_user_who_was_signed_out_is_named(capsys):
    key = SessionKey("http://127.0.0.1:1", "app", "ben")
    Sessions().save(session_of(key, refresh_token=""), FILE)
    assert main(["logout", *ISSUER, "--user", "ben"]) == 0
    out, err = capsys.readouterr()
    assert "ann (--user ben)" in out
    assert err == ""


def test_a_name_that_cannot_be_printed_does_not_prevent_the_sign_out(monkeypatch):
    written = io.BytesIO()
    for user in ("ben", "zoë"):
        key = SessionKey("http://127.0.0.1:1", "app", user)
        Sessions().save(session_of(key, refresh_token=""), FILE)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert main(["logout", "--all"]) == 0
    assert b"(--user zo?)" in written.getvalue()
    assert Sessions().list_keys() == []


def test_a_refresh_token_that_was_not_revoked_is_named(signed_in, capsys):
    assert main(["logout", *ISSUER]) == 1
    out, err = capsys.readouterr()
    assert "ann at http://127.0.0.1:1" in out
    assert "ann at http://127.0.0.1:1" in err
    assert Sessions().find(SESSION_KEY) is None


@pytest.fixture
def no_keychain():
    previous = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(previous)


def save_record(key: SessionKey, **members: object) -> None:
    record = {
        "format": 1,
        "place": "file",
        "issuer": key.issuer,
        "client_id": key.client_id,
        "user": key.user,
    }
    value = json.dumps(record | members).encode()
    FileStore(Sessions().path, evict_identity_ids=False).put(key.store_key, value, expires_at=None)


def test_a_keychain_that_cannot_be_used_does_not_prevent_other_sign_outs(
    home, no_keychain, never_printed, capsys
):
    in_keychain = SessionKey("http://127.0.0.1:1/keychain", "app")
    others = [SessionKey(f"http://127.0.0.1:1/{number}", "app") for number in range(5)]
    for key in others:
        Sessions().save(session_of(key, refresh_token=never_printed("refresh-token-text")), FILE)
    save_record(in_keychain, place="keychain")
    assert main(["logout", "--all"]) == 2
    assert [key.issuer for key in Sessions().list_keys()] == [in_keychain.issuer]
    assert f"{in_keychain.issuer} was not ended" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["issuer", "client_id", "user", "place"])
@pytest.mark.parametrize("value", [None, 5, [], {}])
def test_a_damaged_record_does_not_prevent_other_sign_outs(signed_in, name, value):
    save_record(SessionKey("http://127.0.0.1:1/damaged", "app"), **{name: value})
    assert main(["logout", "--all"]) == 1  # The issuer does not respond.
    assert Sessions().list_keys() == []


def test_only_the_credentials_of_the_session_are_deleted(signed_in):
    store = FileStore()
    entries = {
        "credentials:ours": credentials_record("credentials:ours", "d0", "d1"),
        "credentials:theirs": credentials_record("credentials:theirs", "d9"),
        "credentials:a-guest's": credentials_record("credentials:a-guest's"),
        "credentials:not-json": b"\xff",
        "credentials:no-record": b"[]",
        "identity-id:ours": b"{}",
    }
    for key, value in entries.items():
        store.put(key, value, expires_at=None)
    main(["logout", *ISSUER])
    assert sorted(store.list_keys()) == sorted(set(entries) - {"credentials:ours"})


def test_logout_waits_for_a_refresh_of_the_session(signed_in, monkeypatch):
    lease = FileStore("~/.aws/cognito-credentials/sessions").lock(SESSION_KEY.store_key, 0)
    waits: list[float] = []

    def sleep(seconds):
        waits.append(seconds)
        lease.release()

    monkeypatch.setattr("cognito_credentials.clock.SystemClock.sleep", staticmethod(sleep))
    assert main(["logout", *ISSUER]) == 1
    assert len(waits) == 1
    assert Sessions().find(SESSION_KEY) is None


# --- each session at its own issuer -------------------------------------------------------------


class Service(ThreadingHTTPServer):
    """A server that records requests, and acts as an issuer, a user pool's endpoint and a proxy."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        url = self.server.url
        self.respond(issuer=url, token_endpoint=f"{url}/token", revocation_endpoint=f"{url}/revoke")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        _, _, basic = self.headers.get("Authorization", "").partition(" ")
        self.server.requests.append(f"{b64decode(basic).decode()} {body}")
        self.respond()

    def do_CONNECT(self) -> None:
        self.server.requests.append(self.path)
        self.send_error(403)

    def respond(self, **members: str) -> None:
        text = json.dumps(members).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def service():
    with ExitStack() as stack:

        def start() -> Service:
            server = stack.enter_context(Service())
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return server

        yield start


def write_config(home, text: str) -> None:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(text)


def test_each_issuer_gets_only_its_own_secret(home, service, monkeypatch, never_printed):
    a, b, public = issuers = service(), service(), service()
    for name in ("a", "b"):
        monkeypatch.setenv(f"SECRET_{name}", never_printed(f"secret-of-{name}"))
    write_config(
        home,
        "".join(
            f"[profile {name}]\ncognito_issuer = {issuer.url}\ncognito_client_id = app\n"
            f"cognito_client_secret = env:SECRET_{name}\n"
            for name, issuer in (("a", a), ("b", b))
        ),
    )
    for issuer in issuers:
        token = f"refresh-token-{issuer.server_port}"
        Sessions().save(session_of(SessionKey(issuer.url, "app"), refresh_token=token), FILE)
    assert main(["logout", "--all", "--profile", "a"]) == 0
    assert Sessions().list_keys() == []
    for issuer, secret in ((a, "app:secret-of-a"), (b, "app:secret-of-b"), (public, "")):
        (request,) = issuer.requests
        assert f"refresh-token-{issuer.server_port}" in request
        assert request.startswith(f"{secret} ")
        assert ("secret-of" in request) == bool(secret)


def test_another_pools_token_never_reaches_a_profiles_endpoint(
    home, service, monkeypatch, never_printed, capsys
):
    dev, proxy = service(), service()
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    write_config(
        home,
        "[profile dev]\ncognito_issuer = us-east-1_Dev\ncognito_client_id = dev-app\n"
        f"endpoint_url = {dev.url}\n",
    )
    pools = "https://cognito-idp.us-east-1.amazonaws.com"
    for pool, client_id in (("us-east-1_Dev", "dev-app"), ("us-east-1_Prod", "prod-app")):
        session = session_of(
            SessionKey(f"{pools}/{pool}", client_id),
            refresh_token=never_printed(f"token-of-{pool}"),
        )
        session.method = USER_POOL
        Sessions().save(session, FILE)
    assert main(["logout", "--all", "--profile", "dev"]) == 1
    (request,) = dev.requests
    assert "token-of-us-east-1_Dev" in request
    assert proxy.requests
    assert set(proxy.requests) == {"cognito-idp.us-east-1.amazonaws.com:443"}
    out, err = capsys.readouterr()
    assert f"Signed out ann at {pools}/us-east-1_Dev.\n" in out
    assert f"Signed out ann at {pools}/us-east-1_Prod" not in out
    assert err.count("may still be valid") == 1
    assert err.startswith(f"The refresh token for ann at {pools}/us-east-1_Prod may still be valid")


def test_a_secret_for_all_sessions_is_rejected(signed_in, capsys):
    assert main(["logout", "--all", "--client-secret", "env:SECRET"]) == 2
    assert "option --client-secret" in capsys.readouterr().err
    assert Sessions().list_keys()
