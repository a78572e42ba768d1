from __future__ import annotations

import os
import ssl
import threading
from pathlib import Path

import pytest
from special_files import make_special_file
from tls_authority import Authority

from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.transports import _tls
from cognito_credentials.transports._tls import Tls


def test_the_context_verifies_and_is_made_once():
    tls = Tls()
    context = tls.context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert tls.context() is context


def test_a_bundle_replaces_the_systems_authorities(authority: Authority):
    (only,) = Tls(ca_bundle=authority.ca).context().get_ca_certs()
    assert only["subject"] == ((("commonName", "test ca"),),)


def test_a_bundle_may_be_below_the_home_folder(authority: Authority, monkeypatch):
    path = Path(authority.ca)
    monkeypatch.setenv("HOME", str(path.parent))
    assert len(Tls(ca_bundle=f"~/{path.name}").context().get_ca_certs()) == 1


def test_a_bundle_may_be_a_folder(authority: Authority):
    assert Tls(ca_bundle=str(Path(authority.ca).parent)).context().get_ca_certs() == []


def test_the_systems_authorities_may_be_named_in_the_environment(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("SSL_CERT_FILE", authority.ca)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert len(Tls().context().get_ca_certs()) == 1


def test_a_client_certificate_may_hold_its_key(authority: Authority, tmp_path: Path):
    both = tmp_path / "both.pem"
    both.write_text("".join(Path(part).read_text() for part in authority.client))
    Tls(client_cert=str(both)).context()


@pytest.mark.parametrize("content", [None, "", "not a certificate", "-----BEGIN CERTIFICATE-----"])
def test_a_bundle_without_certificates_is_a_configuration_error(
    content: str | None, tmp_path: Path
):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"ca_bundle \(argument\) is .*ca\.pem"):
        Tls(ca_bundle=str(path)).context()


def test_a_wrong_client_certificate_is_a_configuration_error(authority: Authority):
    for pair in (
        ("/nowhere.pem", "/nowhere.key"),
        (authority.client[0], authority.server[1]),
        (authority.client[1], authority.client[1]),
    ):
        with pytest.raises(ConfigurationError, match=r"client_cert \(argument\) is"):
            Tls(client_cert=pair).context()


def test_an_encrypted_key_is_refused_without_asking_for_its_password(authority: Authority):
    with pytest.raises(ConfigurationError, match="client_cert"):
        Tls(client_cert=authority.encrypted_client).context()


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_tls, "PIPE_TIMEOUT_SECONDS", 0.02)
    make_special_file(tmp_path / "pipe", "a named pipe")
    return str(tmp_path / "pipe")


def test_a_pipe_without_a_writer_is_not_waited_for_without_end(
    authority: Authority, pipe: str, monkeypatch: pytest.MonkeyPatch
):
    reason = r"the pipe did not end within 0\.02 s"
    with pytest.raises(ConfigurationError, match=rf"ca_bundle \(argument\) is .*{reason}"):
        Tls(ca_bundle=pipe).context()
    for files in (pipe, (pipe, authority.client[1]), (authority.client[0], pipe)):
        with pytest.raises(ConfigurationError, match=rf"client_cert \(argument\) is .*{reason}"):
            Tls(client_cert=files).context()
    monkeypatch.setenv("SSL_CERT_FILE", pipe)
    with pytest.raises(ConfigurationError, match=rf"SSL_CERT_FILE is .*pipe.*{reason}"):
        Tls().context()


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="pipes are read on Linux only")
@pytest.mark.parametrize("setting", ["ca_bundle", "client_cert", "SSL_CERT_FILE"])
def test_a_pipe_is_read_until_its_writer_is_done(
    authority: Authority, pipe: str, monkeypatch: pytest.MonkeyPatch, setting: str
):
    monkeypatch.setattr(_tls, "PIPE_TIMEOUT_SECONDS", 30)
    content = Path(authority.client[1] if setting == "client_cert" else authority.ca).read_bytes()
    writer = threading.Thread(target=Path(pipe).write_bytes, args=(content,))
    writer.start()
    if setting == "client_cert":
        Tls(client_cert=(authority.client[0], pipe)).context()
    elif setting == "ca_bundle":
        assert len(Tls(ca_bundle=pipe).context().get_ca_certs()) == 1
    else:
        monkeypatch.setenv("SSL_CERT_FILE", pipe)
        monkeypatch.setenv("SSL_CERT_DIR", str(Path(pipe).parent))
        assert len(Tls().context().get_ca_certs()) == 1
    writer.join()


def test_a_device_without_certificates_is_a_configuration_error(tmp_path: Path):
    make_special_file(tmp_path / "device", "a device")
    with pytest.raises(ConfigurationError, match="ca_bundle"):
        Tls(ca_bundle=str(tmp_path / "device")).context()


def test_it_knows_where_its_files_were_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    tls = Tls.of(resolve(ClientConfig(), region_of_id="us-east-1"))
    with pytest.raises(ConfigurationError, match=r"environment AWS_CA_BUNDLE.*No such file"):
        tls.context()
