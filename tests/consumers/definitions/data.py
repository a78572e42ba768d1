"""Libraries for object stores and tables."""

from __future__ import annotations

from consumer_definitions import consumer


@consumer(
    "obstore",
    hook="`S3Store(..., credential_provider=credential_provider(provider))`",
    environment="consumers",
    recheck_seconds=0.2,
)
def obstore(account):
    store = open_obstore(account)
    yield lambda: store.get(account.key).bytes()


@consumer(
    "obstore",
    title="obstore, async",
    hook="as above",
    environment="consumers",
    recheck_seconds=0.2,
)
async def obstore_async(account):
    store = open_obstore(account)

    async def use():
        await (await store.get_async(account.key)).bytes_async()

    yield use


@consumer(
    "zarr",
    hook="`ObjectStore(S3Store(...))` of obstore",
    environment="consumers",
    recheck_seconds=0.2,
)
def zarr(account):
    import zarr
    from zarr.storage import ObjectStore

    store = open_obstore(account, prefix="zarr")

    def use():
        array = zarr.create_array(ObjectStore(store), shape=(4,), dtype="i4", overwrite=True)
        array[:] = 7
        assert array[:].sum() == 28

    yield use


@consumer(
    "xarray",
    hook="`open_zarr(ObjectStore(S3Store(...)))` of obstore",
    environment="consumers",
    recheck_seconds=0.2,
)
def xarray(account):
    import xarray
    from zarr.storage import ObjectStore

    store = open_obstore(account, prefix="xarray")

    def use():
        array = xarray.DataArray([7, 7], dims="x").to_dataset(name="heights")
        array.to_zarr(ObjectStore(store), mode="w", consolidated=False)
        opened = xarray.open_zarr(ObjectStore(store), consolidated=False)
        assert opened["heights"].to_numpy().tolist() == [7, 7]

    yield use


@consumer(
    "virtualizarr",
    hook="`ObjectStoreRegistry` with the `S3Store` of obstore",
    environment="consumers",
    recheck_seconds=0.2,
)
def virtualizarr(account):
    import zarr
    from obspec_utils.registry import ObjectStoreRegistry
    from virtualizarr import open_virtual_dataset
    from virtualizarr.parsers import ZarrParser
    from zarr.storage import ObjectStore

    store = open_obstore(account)
    url = f"s3://{account.bucket}"
    registry = ObjectStoreRegistry({url: store})

    def use():
        group = zarr.open_group(ObjectStore(store), path="virtual", mode="w")
        heights = group.create_array("heights", shape=(4,), dtype="i4", dimension_names=["x"])
        heights[:] = 7
        with open_virtual_dataset(
            f"{url}/virtual", registry=registry, parser=ZarrParser()
        ) as dataset:
            assert dataset["heights"].shape == (4,)

    yield use


@consumer(
    "polars",
    hook="`scan_parquet(..., credential_provider=credential_provider(provider))`",
    environment="consumers",
    recheck_seconds=10.5,
)
def polars(account):
    import polars

    from cognito_credentials.integrations.polars import credential_provider

    options = {
        "storage_options": {
            "aws_endpoint_url": account.endpoint_url,
            "aws_region": account.region,
            "aws_allow_http": "true",
        },
        "credential_provider": credential_provider(account.provider),
    }
    url = f"s3://{account.bucket}/polars.parquet"

    def use():
        polars.DataFrame({"score": [7]}).write_parquet(url, **options)
        assert polars.scan_parquet(url, **options).collect()["score"].to_list() == [7]

    yield use


@consumer(
    "icechunk",
    hook="`s3_storage(..., get_credentials=get_credentials(provider))`",
    environment="consumers",
    recheck_seconds=31,
)
def icechunk(account):
    import icechunk
    import zarr

    from cognito_credentials.integrations.icechunk import get_credentials

    storage = icechunk.s3_storage(
        bucket=account.bucket,
        prefix=f"icechunk-{account.identity}",
        region=account.region,
        endpoint_url=account.endpoint_url,
        allow_http=True,
        force_path_style=True,
        get_credentials=get_credentials(account.provider),
    )
    repository = None

    def use():
        nonlocal repository
        if repository is None:
            repository = icechunk.Repository.open_or_create(storage)
        session = repository.writable_session("main")
        array = zarr.create_array(session.store, shape=(4,), dtype="i4", overwrite=True)
        array[:] = 7
        session.commit("write")

    yield use


@consumer(
    "daft",
    title="Daft",
    hook="`S3Config(..., credentials_provider=credentials_provider(provider))`",
    environment="consumers",
    recheck_seconds=31,
)
def daft(account):
    import daft
    from daft.io import IOConfig, S3Config

    from cognito_credentials.integrations.daft import credentials_provider

    s3 = S3Config(
        region_name=account.region,
        endpoint_url=account.endpoint_url,
        use_ssl=False,
        num_tries=1,
        credentials_provider=credentials_provider(account.provider),
    )
    config = IOConfig(s3=s3)

    def use():
        frame = daft.from_pydict({"url": [f"s3://{account.bucket}/{account.key}"]})
        column = daft.col("url").download(io_config=config)
        assert frame.select(column.alias("body")).to_pydict() == {"body": [b"contents"]}

    yield use


@consumer(
    "duckdb",
    title="DuckDB",
    hook="`create_secret(connection, provider)`, and `refresh()` before a query",
    environment="consumers",
)
def duckdb(account):
    import importlib.util
    from pathlib import Path

    import duckdb

    from cognito_credentials.integrations.duckdb import create_secret

    package = Path(importlib.util.find_spec("duckdb_extension_httpfs").origin).parent
    (extension,) = package.rglob("httpfs.duckdb_extension")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    secret = None

    def use():
        nonlocal secret
        secret = secret or create_secret(
            connection,
            account.provider,
            endpoint=account.endpoint_url.removeprefix("http://"),
            url_style="path",
            use_ssl=False,
        )
        secret.refresh()
        url = f"s3://{account.bucket}/{account.key}"
        assert connection.execute(f"SELECT content FROM read_text('{url}')").fetchall() == [
            ("contents",)
        ]

    yield use


@consumer(
    "pyiceberg",
    title="pyiceberg, files",
    hook="`load_catalog(..., **properties(provider))`",
    environment="consumers",
)
def pyiceberg(account):
    from pyiceberg.io import load_file_io

    from cognito_credentials.integrations.pyiceberg import properties

    files = load_file_io({**properties(account.provider), "s3.endpoint": account.endpoint_url})

    def use():
        with files.new_input(f"s3://{account.bucket}/{account.key}").open() as file:
            assert file.read() == b"contents"

    yield use


@consumer(
    "pyiceberg",
    title="pyiceberg, SQL catalog",
    hook="`load_catalog(..., **properties(provider))`",
    environment="consumers",
)
def pyiceberg_sql(account):
    import pyarrow
    from pyiceberg.catalog.sql import SqlCatalog

    from cognito_credentials.integrations.pyiceberg import properties

    catalog = SqlCatalog(
        "game",
        uri="sqlite:///:memory:",
        warehouse=f"s3://{account.bucket}/sql-{account.identity}",
        **properties(account.provider),
        **{"s3.endpoint": account.endpoint_url},
    )
    rows = pyarrow.table({"score": [7]})

    def use():
        catalog.create_namespace_if_not_exists("game")
        catalog.create_table_if_not_exists("game.scores", rows.schema).overwrite(rows)
        table = catalog.load_table("game.scores")
        assert table.scan().to_arrow()["score"].to_pylist() == [7]

    yield use


def open_obstore(account, **options):
    from obstore.store import S3Store

    from cognito_credentials.integrations.obstore import credential_provider

    return S3Store(
        account.bucket,
        endpoint=account.endpoint_url,
        client_options={"allow_http": True},
        credential_provider=credential_provider(account.provider),
        **options,
    )
