"""Libraries without a hook, which use the endpoint of `serve()`."""

from __future__ import annotations

from consumer_definitions import consumer

# These libraries ask the endpoint again if fewer than 5 minutes remain.
LIFETIME = 60


def serve(account):
    import os

    endpoint = account.provider.serve()
    os.environ.update(endpoint.environment)
    return endpoint


@consumer(
    "deltalake",
    hook="`serve()`",
    environment="consumers",
    lifetime=LIFETIME,
    recheck_seconds=0.2,
)
def deltalake(account):
    import pyarrow
    from deltalake import DeltaTable, write_deltalake

    options = {
        "AWS_ENDPOINT_URL": account.endpoint_url,
        "AWS_REGION": account.region,
        "AWS_ALLOW_HTTP": "true",
    }
    url = f"s3://{account.bucket}/delta-{account.identity}"

    def use():
        table = pyarrow.table({"score": [7]})
        write_deltalake(url, table, mode="overwrite", storage_options=options)
        read = DeltaTable(url, storage_options=options).to_pyarrow_table()
        assert read["score"].to_pylist() == [7]

    with serve(account):
        yield use
