"""Get credentials with the AWS Common Runtime.

The program reads a list of requests from standard input, and writes a list of the credentials to standard output.
Arguments: host of the endpoint, port of the proxy, file with the certificate authority.
"""

from __future__ import annotations

import json
import sys

from awscrt.auth import AwsCredentialsProvider
from awscrt.http import HttpProxyConnectionType, HttpProxyOptions
from awscrt.io import ClientTlsContext, TlsContextOptions

host, port, certificates = sys.argv[1:]
options = TlsContextOptions()
options.override_default_trust_store_from_path(None, certificates)
tls = ClientTlsContext(options)
proxy = HttpProxyOptions("127.0.0.1", int(port), connection_type=HttpProxyConnectionType.Tunneling)
found = []
for request in json.load(sys.stdin):
    provider = AwsCredentialsProvider.new_cognito(
        endpoint=host,
        identity=request["identity"],
        logins=list(request["logins"].items()) or None,
        tls_ctx=tls,
        http_proxy_options=proxy,
    )
    credentials = provider.get_credentials().result(timeout=30)
    found.append(
        {
            "aws_access_key_id": credentials.access_key_id,
            "aws_secret_access_key": credentials.secret_access_key,
            "aws_session_token": credentials.session_token,
        }
    )
json.dump(found, sys.stdout)
