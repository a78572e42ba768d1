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
from cognito_credentials.transports import _certificate_files
from cognito_credentials.transports._tls import TlsSettings


def test_the_context_verifies_certificates_and_is_created_once():
    tls = TlsSettings()
    context = tls.ssl_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert tls.ssl_context() is context


def test_a_bundle_replaces_the_authorities_of_the_system(authority: Authority):
    (only,) = TlsSettings(ca_bundle=authority.ca).ssl_context().get_ca_certs()
    assert only["subject"] == ((("commonName", "test ca"),),)


def test_a_bundle_path_may_start_with_a_tilde(authority: Authority, monkeypatch):
    path = Path(authority.ca)
    monkeypatch.setenv("HOME", str(path.parent))
    assert len(TlsSettings(ca_bundle=f"~/{path.name}").ssl_context().get_ca_certs()) == 1


def test_a_bundle_may_be_a_directory(authority: Authority):
    assert TlsSettings(ca_bundle=str(Path(authority.ca).parent)).ssl_context().get_ca_certs() == []


def test_ssl_cert_file_names_the_authorities_of_the_system(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("SSL_CERT_FILE", authority.ca)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert len(TlsSettings().ssl_context().get_ca_certs()) == 1


def test_a_client_certificate_file_may_contain_the_key(authority: Authority, tmp_path: Path):
    both = tmp_path / "both.pem"
    both.write_text("".join(Path(part).read_text() for part in authority.client))
    TlsSettings(client_cert=str(both)).ssl_context()


@pytest.mark.parametrize("content", [None, "", "not a certificate", "-----BEGIN CERTIFICATE-----"])
def test_a_bundle_without_certificates_raises_a_configuration_error(
    content: str | None, tmp_path: Path
):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"ca_bundle \(argument\) .*ca\.pem"):
        TlsSettings(ca_bundle=str(path)).ssl_context()


def test_an_invalid_client_certificate_raises_a_configuration_error(authority: Authority):
    for pair in (
        ("/nowhere.pem", "/nowhere.key"),
        (authority.client[0], authority.server[1]),
        (authority.client[1], authority.client[1]),
    ):
        with pytest.raises(ConfigurationError, match=r"client_cert \(argument\)"):
            TlsSettings(client_cert=pair).ssl_context()


def test_an_encrypted_key_raises_instead_of_prompting_for_its_password(authority: Authority):
    with pytest.raises(ConfigurationError, match="client_cert"):
        TlsSettings(client_cert=authority.encrypted_client).ssl_context()


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_certificate_files, "PIPE_TIMEOUT_SECONDS", 0.02)
    make_special_file(tmp_path / "pipe", "a named pipe")
    return str(tmp_path / "pipe")


def test_a_pipe_without_a_writer_raises_after_the_time_limit(
    authority: Authority, pipe: str, monkeypatch: pytest.MonkeyPatch
):
    reason = r"the pipe did not end within 0\.02 s"
    with pytest.raises(ConfigurationError, match=rf"ca_bundle \(argument\) .*{reason}"):
        TlsSettings(ca_bundle=pipe).ssl_context()
    for files in (pipe, (pipe, authority.client[1]), (authority.client[0], pipe)):
        with pytest.raises(ConfigurationError, match=rf"client_cert \(argument\) .*{reason}"):
            TlsSettings(client_cert=files).ssl_context()
    monkeypatch.setenv("SSL_CERT_FILE", pipe)
    with pytest.raises(ConfigurationError, match=rf"SSL_CERT_FILE .*pipe.*{reason}"):
        TlsSettings().ssl_context()


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="pipes are read on Linux only")
@pytest.mark.parametrize("setting", ["ca_bundle", "client_cert", "SSL_CERT_FILE"])
def test_a_pipe_is_read_until_its_writer_closes_it(
    authority: Authority, pipe: str, monkeypatch: pytest.MonkeyPatch, setting: str
):
    monkeypatch.setattr(_certificate_files, "PIPE_TIMEOUT_SECONDS", 30)
    content = Path(authority.client[1] if setting == "client_cert" else authority.ca).read_bytes()
    writer = threading.Thread(target=Path(pipe).write_bytes, args=(content,))
    writer.start()
    if setting == "client_cert":
        TlsSettings(client_cert=(authority.client[0], pipe)).ssl_context()
    elif setting == "ca_bundle":
        assert len(TlsSettings(ca_bundle=pipe).ssl_context().get_ca_certs()) == 1
    else:
        monkeypatch.setenv("SSL_CERT_FILE", pipe)
        monkeypatch.setenv("SSL_CERT_DIR", str(Path(pipe).parent))
        assert len(TlsSettings().ssl_context().get_ca_certs()) == 1
    writer.join()


def test_a_device_without_certificates_raises_a_configuration_error(tmp_path: Path):
    make_special_file(tmp_path / "device", "a device")
    with pytest.raises(ConfigurationError, match="ca_bundle"):
        TlsSettings(ca_bundle=str(tmp_path / "device")).ssl_context()


def test_errors_name_the_source_of_the_setting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    tls = TlsSettings.from_config(resolve(ClientConfig(), region_of_id="us-east-1"))
    with pytest.raises(
        ConfigurationError, match=r"environment variable AWS_CA_BUNDLE.*No such file"
    ):
        tls.ssl_context()
