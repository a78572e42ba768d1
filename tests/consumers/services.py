"""Run a client for a model, an MCP server, AppSync or Kafka with credentials from this library.

Arguments: name of the client, endpoint of the emulator, identity pool ID. The clients send their
requests to a server in this process, which has a canned response for each request. The program uses
the client before and after the credentials expire, and prints the access keys that signed the
requests as JSON.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from shifted_clock import ShiftedClock

import cognito_credentials
from cognito_credentials import aio
from cognito_credentials.integrations.boto3 import credential_provider, credentials, session

REGION = "us-east-1"
LIFETIME = 3601
# The responses of the server, by the last part of the path.
RESPONSES = {
    "converse": {
        "output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    },
    "responses": {
        "id": "1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "status": "completed",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    },
    "invoke": {
        "id": "1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    },
    "graphql": {"data": {"__typename": "Query"}},
}
CLIENTS = {}


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    keys: list[str] = []  # noqa: RUF012 - the whole process shares the list

    def do_POST(self):
        request = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.keys.append(self.headers["Authorization"].partition("Credential=")[2].split("/")[0])
        name = self.path.rstrip("/").rpartition("/")[2]
        status, body = (
            (202, b"") if name == "mcp" else (200, json.dumps(RESPONSES.get(name, {})).encode())
        )
        message = json.loads(request) if name == "mcp" else {}
        if "id" in message:
            status, body = 200, json.dumps(respond_as_mcp_server(message)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):  # MCP clients try to listen for events, which this server does not offer
        self.send_response(405)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


def respond_as_mcp_server(message):
    results = {
        "initialize": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "serverInfo": {"name": "server", "version": "1"},
        }
    }
    return {"jsonrpc": "2.0", "id": message["id"], "result": results.get(message["method"], {})}


def client(function):
    CLIENTS[function.__name__] = function
    return function


@client
def openai(provider, url):
    from openai import OpenAI
    from openai.providers.bedrock import bedrock

    bedrock_provider = bedrock(
        region=REGION,
        base_url=f"{url}/openai/v1",
        credential_provider=lambda: credentials(provider),
    )
    model = OpenAI(provider=bedrock_provider, max_retries=0)
    return lambda: model.responses.create(model="m", input="hello")


@client
def openai_bedrock(provider, url):
    from openai import BedrockOpenAI

    model = BedrockOpenAI(
        aws_region=REGION,
        base_url=f"{url}/openai/v1",
        aws_credentials_provider=lambda: credentials(provider),
        max_retries=0,
    )
    return lambda: model.responses.create(model="m", input="hello")


@client
def anthropic(provider, url):
    """Uses the profile that `AWS_PROFILE` names, because the client accepts no credentials object."""
    from anthropic import AnthropicBedrock

    model = AnthropicBedrock(aws_region=REGION, base_url=url, max_retries=0)
    message = {"role": "user", "content": "hello"}
    return lambda: model.messages.create(model="m", max_tokens=1, messages=[message])


@client
def strands(provider, url):
    from strands import Agent
    from strands.models import BedrockModel

    model = BedrockModel(
        boto_session=session(provider), endpoint_url=url, model_id="m", streaming=False
    )
    return lambda: Agent(model=model, callback_handler=None)("hello")


@client
def langchain_aws(provider, url):
    from langchain_aws import ChatBedrockConverse

    bedrock = session(provider).client("bedrock-runtime", endpoint_url=url)
    model = ChatBedrockConverse(client=bedrock, model="anthropic.m")
    return lambda: model.invoke("hello")


@client
def gql_requests(provider, url):
    from gql import Client, gql
    from gql.transport.requests import RequestsHTTPTransport

    from cognito_credentials.integrations.requests import auth

    transport = RequestsHTTPTransport(
        f"{url}/graphql", auth=auth(provider, service="appsync"), use_json=True
    )
    appsync = Client(transport=transport)
    return lambda: appsync.execute(gql("{ __typename }"))


@client
def gql_httpx(provider, url):
    from gql import Client, gql
    from gql.transport.httpx import HTTPXTransport

    # gql prefers httpx2 to httpx.
    from cognito_credentials.integrations.httpx2 import auth

    transport = HTTPXTransport(f"{url}/graphql", auth=auth(provider, service="appsync"))
    appsync = Client(transport=transport)
    return lambda: appsync.execute(gql("{ __typename }"))


@client
def gql_appsync(provider, url):
    """gql's own authentication for AppSync."""
    from gql import Client, gql
    from gql.transport.aiohttp import AIOHTTPTransport
    from gql.transport.appsync_auth import AppSyncIAMAuthentication

    auth = AppSyncIAMAuthentication(
        host=url.removeprefix("http://"),
        region_name=REGION,
        credentials=credentials(provider),
    )
    transport = AIOHTTPTransport(f"{url}/graphql", auth=auth)
    appsync = Client(transport=transport)
    return lambda: appsync.execute(gql("{ __typename }"))


@client
def mcp_proxy_for_aws(provider, url):
    from mcp import ClientSession
    from mcp_proxy_for_aws.client import aws_iam_streamablehttp_client

    async def use():
        async with (
            aws_iam_streamablehttp_client(
                f"{url}/mcp",
                aws_service="bedrock-agentcore",
                aws_region=REGION,
                credentials=credentials(provider),
            ) as (reader, writer, _),
            ClientSession(reader, writer) as mcp,
        ):
            await mcp.initialize()

    return lambda: asyncio.run(use())


@client
def mcp(provider, url):
    """The client of the MCP SDK 2, with this library's `auth`."""
    import httpx2
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    from cognito_credentials.integrations.httpx2 import auth

    cache = create_async_cache(provider)

    async def use():
        async with (
            httpx2.AsyncClient(auth=auth(cache, service="bedrock-agentcore")) as http,
            streamable_http_client(f"{url}/mcp", http_client=http) as (reader, writer),
            ClientSession(reader, writer) as mcp,
        ):
            await mcp.initialize()

    return lambda: asyncio.run(use())


@client
def mcp_1(provider, url):
    """The client of the MCP SDK 1, with this library's `auth`."""
    import httpx
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    from cognito_credentials.integrations.httpx import auth

    cache = create_async_cache(provider)

    async def use():
        async with (
            httpx.AsyncClient(auth=auth(cache, service="bedrock-agentcore")) as http,
            streamable_http_client(f"{url}/mcp", http_client=http) as (reader, writer, _),
            ClientSession(reader, writer) as mcp,
        ):
            await mcp.initialize()

    return lambda: asyncio.run(use())


def create_async_cache(provider):
    return aio.from_cognito_identity_pool(
        *provider.arguments, client_config=provider.client_config
    ).cached()


@client
def aws_msk_iam_sasl_signer(provider, url):
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

    def use():
        token, _ = MSKAuthTokenProvider.generate_auth_token_from_credentials_provider(
            REGION, credential_provider(provider)
        )
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        Server.keys.append(re.search("X-Amz-Credential=([A-Z0-9]+)", unquote(text))[1])

    return use


def main():
    name, endpoint_url, pool_id = sys.argv[1:]
    clock = ShiftedClock()
    client_config = {"endpoint_url": endpoint_url, "clock": clock, "proxies": {}}
    provider = cognito_credentials.from_cognito_identity_pool(pool_id, client_config=client_config)
    if name in {"mcp", "mcp_1"}:
        provider = type("Arguments", (), {"arguments": (pool_id,), "client_config": client_config})
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        use = CLIENTS[name](provider, f"http://127.0.0.1:{server.server_port}")
        used = []
        for _ in range(2):
            Server.keys.clear()
            use()
            used.append(sorted(set(Server.keys)))
            clock.offset += LIFETIME
            # The clock of the command that a profile runs; see tests/cli/moved_clock.
            Path(os.environ["AHEAD"]).write_text(str(clock.offset))
        server.shutdown()
    sys.stdout.write(json.dumps(used))


if __name__ == "__main__":
    main()
