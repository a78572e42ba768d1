from __future__ import annotations

import sys
import threading
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.session
import pytest
from botocore.config import Config

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations.boto3 import install, session

HOUR = 3600


@pytest.fixture
def provider(boto3_side):
    return boto3_side.provider()


def presigned_by(client, lifetime=900):
    url = client.generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "key"}, ExpiresIn=lifetime
    )
    return parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].split("/")[0]


@pytest.fixture
def s3(provider):
    client = session(provider).client("s3", config=Config(signature_version="s3v4"))
    yield client
    client.close()


def test_a_client_signs_with_each_generation_in_its_time(s3, cognito):
    assert presigned_by(s3) == "ASIATEST000000000001"
    cognito.clock.advance(HOUR)
    assert presigned_by(s3) == "ASIATEST000000000002"


def test_presigning_with_life_enough(s3, provider, cognito):
    assert presigned_by(s3) == "ASIATEST000000000001"
    cognito.clock.advance(HOUR - 1200)  # 20 minutes left: too early for a refresh
    assert presigned_by(s3, 1800) == "ASIATEST000000000001"

    provider.cached().get(min_remaining=1800)
    assert presigned_by(s3, 1800) == "ASIATEST000000000002"


def test_presigning_for_longer_than_credentials_live_is_refused_in_time(provider):
    with pytest.raises(ConfigurationError, match="min_remaining is 86400 s"):
        provider.cached().get(min_remaining=86400)


def test_many_threads_see_one_fetch(provider, cognito):
    made = session(provider)
    credentials = made.get_credentials()
    together, seen = threading.Barrier(32), []

    def read():
        together.wait(10)
        seen.append(credentials.get_frozen_credentials())

    threads = [threading.Thread(target=read) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert cognito.operations == ["GetId", "GetCredentialsForIdentity"]
    assert len(seen) == 32
    assert len(set(seen)) == 1


def test_takes_what_a_boto3_session_takes(provider, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "config").write_text("[profile kiosk]\nregion = ca-central-1\n")
    inner = botocore.session.Session()
    made = session(provider, profile_name="kiosk", botocore_session=inner)
    assert isinstance(made, boto3.Session)
    assert made.profile_name == "kiosk"
    assert made.region_name == "ca-central-1"
    assert inner.get_credentials() is made.get_credentials()


def test_refuses_keys_beside_the_provider(provider):
    with pytest.raises(ConfigurationError, match="has credentials already"):
        session(provider, aws_access_key_id="AKIA", aws_secret_access_key="secret")


def test_installs_into_a_boto3_session(provider):
    made = boto3.Session(region_name="eu-west-1")
    install(made, provider)
    assert made.get_credentials().access_key == "ASIATEST000000000001"


def test_installs_for_the_functions_of_the_module(provider):
    inner = botocore.session.Session()
    install(inner, provider)
    boto3.setup_default_session(botocore_session=inner, region_name="eu-west-1")
    client = boto3.client("s3", config=Config(signature_version="s3v4"))
    assert presigned_by(client) == "ASIATEST000000000001"
    client.close()


def test_account_id_gives_dynamodb_its_account_endpoint(boto3_side):
    made = session(boto3_side.provider(account_id="123456789012"))
    client = made.client("dynamodb")
    hosts = []
    client.meta.events.register(
        "before-send", lambda request, **_: hosts.append(urlsplit(request.url).hostname) or ok()
    )
    client.list_tables()
    client.close()
    assert hosts == ["123456789012.ddb.eu-west-1.amazonaws.com"]


def ok():
    from botocore.awsrequest import AWSResponse

    response = AWSResponse("https://example", 200, {}, None)
    response._content = b"{}"
    return response


@pytest.mark.parametrize("missing", ["boto3", "botocore"])
def test_without_the_library_says_what_to_install(provider, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "cognito_credentials.integrations._botocore", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        session(provider)
    assert missing in caught.value.message
    assert 'pip install "cognito-credentials[boto3]"' in caught.value.hint
