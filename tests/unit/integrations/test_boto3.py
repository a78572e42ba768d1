from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import CredentialProvider, ReadOnlyCredentials
from botocore.credentials import Credentials as BotocoreCredentials

from cognito_credentials import CredentialBroker
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations.boto3 import (
    BotocoreSession,
    Session,
    credential_provider,
    install,
    presign,
    session,
)
from cognito_credentials.integrations.boto3 import credentials as create_credentials

HOUR = 3600
POOL_ID = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"


@pytest.fixture
def provider(boto3_harness):
    return boto3_harness.create_provider()


def access_key_in_presigned_url(client, lifetime=900):
    url = client.generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "key"}, ExpiresIn=lifetime
    )
    return parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].split("/")[0]


@pytest.fixture
def s3(provider):
    client = session(provider).client("s3", config=Config(signature_version="s3v4"))
    yield client
    client.close()


def test_a_client_signs_with_the_current_credentials(s3, cognito):
    assert access_key_in_presigned_url(s3) == "ASIATEST000000000001"
    cognito.clock.advance(HOUR)
    assert access_key_in_presigned_url(s3) == "ASIATEST000000000002"


def test_min_remaining_refreshes_before_a_url_is_presigned(s3, provider, cognito):
    assert access_key_in_presigned_url(s3) == "ASIATEST000000000001"
    cognito.clock.advance(HOUR - 1200)  # 20 minutes remain: too early for a refresh
    assert access_key_in_presigned_url(s3, 1800) == "ASIATEST000000000001"

    provider.cached().get(min_remaining=1800)
    assert access_key_in_presigned_url(s3, 1800) == "ASIATEST000000000002"


def test_min_remaining_must_not_exceed_the_lifetime(provider):
    with pytest.raises(ConfigurationError, match="min_remaining"):
        provider.cached().get(min_remaining=86400)


def test_threads_share_one_fetch(provider, cognito):
    credentials = session(provider).get_credentials()
    barrier, received = threading.Barrier(32), []

    def read():
        barrier.wait(10)
        received.append(credentials.get_frozen_credentials())

    threads = [threading.Thread(target=read) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert cognito.operations == ["GetId", "GetCredentialsForIdentity"]
    assert len(received) == 32
    assert len(set(received)) == 1


def test_session_accepts_the_arguments_of_boto3_session(provider, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "config").write_text("[profile kiosk]\nregion = ca-central-1\n")
    botocore_session = botocore.session.Session()
    boto3_session = session(provider, profile_name="kiosk", botocore_session=botocore_session)
    assert isinstance(boto3_session, boto3.Session)
    assert boto3_session.profile_name == "kiosk"
    assert boto3_session.region_name == "ca-central-1"
    assert botocore_session.get_credentials() is boto3_session.get_credentials()


def test_session_rejects_keys(provider):
    with pytest.raises(ConfigurationError, match="credentials"):
        session(provider, aws_access_key_id="AKIA", aws_secret_access_key="secret")


def test_install_accepts_a_boto3_session(provider):
    boto3_session = boto3.Session(region_name="eu-west-1")
    install(boto3_session, provider)
    assert boto3_session.get_credentials().access_key == "ASIATEST000000000001"


def test_install_affects_the_functions_of_the_boto3_module(provider):
    botocore_session = botocore.session.Session()
    install(botocore_session, provider)
    boto3.setup_default_session(botocore_session=botocore_session, region_name="eu-west-1")
    client = boto3.client("s3", config=Config(signature_version="s3v4"))
    assert access_key_in_presigned_url(client) == "ASIATEST000000000001"
    client.close()


@pytest.mark.skipif("account_id" not in ReadOnlyCredentials._fields, reason="old botocore")
def test_dynamodb_uses_the_account_endpoint_if_the_account_id_is_known(boto3_harness):
    boto3_session = session(boto3_harness.create_provider(account_id="123456789012"))
    client = boto3_session.client("dynamodb")
    hosts = []
    client.meta.events.register(
        "before-send",
        lambda request, **_: hosts.append(urlsplit(request.url).hostname) or create_response(),
    )
    client.list_tables()
    client.close()
    assert hosts == ["123456789012.ddb.eu-west-1.amazonaws.com"]


def create_response():
    from botocore.awsrequest import AWSResponse

    response = AWSResponse("https://example", 200, {}, None)
    response._content = b"{}"
    return response


@pytest.mark.parametrize("missing", ["boto3", "botocore"])
def test_a_missing_library_raises_an_error_with_the_pip_command(provider, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "cognito_credentials.integrations._botocore", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        session(provider)
    assert missing in caught.value.message
    assert 'pip install "cognito-credentials[boto3]"' in caught.value.hint


def test_a_credentials_object_reads_the_cache(provider, cognito):
    credentials = create_credentials(provider)
    assert isinstance(credentials, BotocoreCredentials)
    assert credentials.get_frozen_credentials().access_key == "ASIATEST000000000001"
    cognito.clock.advance(HOUR)
    assert credentials.get_frozen_credentials().access_key == "ASIATEST000000000002"


def test_a_credential_provider_loads_the_credentials(provider):
    botocore_provider = credential_provider(provider)
    assert isinstance(botocore_provider, CredentialProvider)
    assert botocore_provider.load().access_key == "ASIATEST000000000001"


def test_the_session_class_accepts_a_provider(provider):
    boto3_session = Session(provider=provider, region_name="eu-west-3")
    assert isinstance(boto3_session, boto3.Session)
    assert boto3_session.region_name == "eu-west-3"
    assert boto3_session.get_credentials().access_key == "ASIATEST000000000001"
    botocore_session = BotocoreSession(provider=provider)
    assert botocore_session.get_credentials().access_key == "ASIATEST000000000001"
    assert botocore_session.get_config_variable("region") == "eu-west-1"
    with pytest.raises(ConfigurationError):
        Session("AKIA", "secret", provider=provider)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_reports_its_expiration(provider, cognito, version):
    config = Config(signature_version=version)
    client = session(provider, region_name="us-east-1").client("s3", config=config)
    params = {"Bucket": "bucket", "Key": "key"}
    url = presign(client, "get_object", params, expires_in=604_800)
    expiration = provider.cached().get().expiration
    assert url.expiration == expiration
    assert "bucket" in urlsplit(url).netloc

    short_lived = presign(client, "get_object", params, expires_in=60)
    remaining = (short_lived.expiration - datetime.now(UTC)).total_seconds()
    assert 0 < remaining <= 60

    cognito.clock.advance(HOUR - 1200)
    lasting = {"expires_in": 604_800, "min_remaining": 1800}
    assert presign(client, "get_object", params, expires_in=604_800).expiration == expiration
    assert presign(client, "get_object", params, **lasting).expiration > expiration
    with pytest.raises(ConfigurationError, match="min_remaining"):
        presign(client, "get_object", params, expires_in=86_400, min_remaining=7200)
    with pytest.raises(ConfigurationError, match="expires_in"):
        presign(client, "get_object", params, expires_in=60, min_remaining=61)
    client.close()


def test_a_broker_does_not_replace_credentials_for_a_presigned_url(boto3_harness, cognito):
    with CredentialBroker(POOL_ID, client_config=boto3_harness.config) as broker:
        client = broker.session("ann").client("s3")
        params = {"Bucket": "bucket", "Key": "key"}
        url = presign(client, "get_object", params, min_remaining=1800)
        cognito.clock.advance(HOUR - 1200)  # 20 minutes remain.
        assert presign(client, "get_object", params).expiration == url.expiration
        with pytest.raises(ConfigurationError, match="broker") as caught:
            presign(client, "get_object", params, min_remaining=1800)
        assert "mandatory_refresh_window" in caught.value.hint
        client.close()


def test_a_presigned_url_needs_credentials_of_this_library():
    client = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with pytest.raises(ConfigurationError, match="client"):
        presign(client, "get_object", {"Bucket": "bucket", "Key": "key"})
    client.close()
