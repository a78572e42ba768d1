"""Open MQTT connections over WebSockets with the AWS IoT Device SDK.

Arguments: JSON object with the pool ID, the endpoint of the emulator, the port of the MQTT server
and the file of its certificate authority. test_iot.py runs this program. For each line of standard
input, the program advances the clock of the provider by the number of seconds in this line, connects,
and prints the identity ID.
"""

from __future__ import annotations

import json
import sys
import threading

from awscrt import mqtt5
from awsiot import mqtt5_client_builder
from shifted_clock import ShiftedClock

from cognito_credentials import from_cognito_identity_pool
from cognito_credentials.integrations.awscrt import credentials_provider
from cognito_credentials.stores import FileStore


def connect(provider, settings):
    outcome, is_done = [], threading.Event()

    def report(event):
        outcome.append(event)
        is_done.set()

    cache = provider.cached()
    client = mqtt5_client_builder.websockets_with_default_aws_signing(
        endpoint="localhost",
        port=settings["port"],
        ca_filepath=settings["ca"],
        region="us-east-1",
        client_id=cache.get().identity_id,
        credentials_provider=credentials_provider(cache),
        on_lifecycle_connection_success=report,
        on_lifecycle_connection_failure=report,
    )
    client.start()
    assert is_done.wait(60)
    client.stop()
    assert isinstance(outcome[0], mqtt5.LifecycleConnectSuccessData), outcome[0]
    return cache.peek().identity_id


def main():
    settings = json.loads(sys.argv[1])
    clock = ShiftedClock()
    provider = from_cognito_identity_pool(
        settings["pool"],
        cache=FileStore(),
        client_config={"endpoint_url": settings["endpoint_url"], "clock": clock, "proxies": {}},
    )
    for line in sys.stdin:
        clock.offset += float(line)
        sys.stdout.write(f"{connect(provider, settings)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
