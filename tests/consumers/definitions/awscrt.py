"""The AWS Common Runtime for Python: its signer and its S3 client."""

from __future__ import annotations

from consumer_definitions import consumer


@consumer(
    "awscrt",
    hook="`credentials_provider(provider)` as `credentials_provider`",
    environment="consumers",
)
def awscrt(account):
    import urllib.request

    from awscrt import auth, http

    from cognito_credentials.integrations.awscrt import credentials_provider

    credentials = credentials_provider(account.provider)
    path = f"/{account.bucket}/{account.key}"

    def use():
        host = account.endpoint_url.removeprefix("http://")
        config = auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4,
            signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
            credentials_provider=credentials,
            region=account.region,
            service="s3",
            signed_body_header_type=auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
        )
        request = http.HttpRequest("GET", path, http.HttpHeaders([("Host", host)]))
        auth.aws_sign_request(request, config).result(30)
        url = f"{account.endpoint_url}{path}"
        urllib.request.urlopen(urllib.request.Request(url, headers=dict(request.headers))).close()

    yield use


@consumer(
    "awscrt",
    title="awscrt, S3 client",
    hook="as above",
    environment="consumers",
)
def awscrt_s3(account):
    from awscrt import http, io, s3

    from cognito_credentials.integrations.awscrt import credentials_provider

    credentials = credentials_provider(account.provider)
    bootstrap = io.ClientBootstrap(
        io.EventLoopGroup(1), io.DefaultHostResolver(io.EventLoopGroup(1))
    )
    client = s3.S3Client(
        bootstrap=bootstrap,
        region=account.region,
        signing_config=s3.create_default_s3_signing_config(
            region=account.region, credential_provider=credentials
        ),
        tls_mode=s3.S3RequestTlsMode.DISABLED,
    )
    host = account.endpoint_url.removeprefix("http://")

    def use():
        request = http.HttpRequest(
            "GET", f"/{account.bucket}/{account.key}", http.HttpHeaders([("Host", host)])
        )
        received = []
        client.make_request(
            type=s3.S3RequestType.GET_OBJECT,
            request=request,
            on_body=lambda chunk, **_: received.append(chunk),
        ).finished_future.result(60)
        assert b"".join(received) == b"contents"

    yield use
