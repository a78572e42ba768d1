"""Credentials for the files of Iceberg tables in pyiceberg.

    from pyiceberg.catalog import load_catalog
    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.pyiceberg import properties

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    catalog = load_catalog("game", **{"uri": "https://catalog.example.com"}, **properties(provider))

pyiceberg reads and writes the files with s3fs. Its Glue and DynamoDB catalogs send their own requests
with boto3: pass a client of `cognito_credentials.integrations.boto3.session` as the argument `client`
of `GlueCatalog` or `DynamoDbCatalog`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._provider_types import AnyProvider
from cognito_credentials.integrations.s3fs import session

__all__ = ["properties"]

FILE_IO = f"{__name__}.CognitoFileIO"
PROVIDER_PROPERTY = "cognito-credentials.provider"
SCHEMES = ("s3", "s3a", "s3n")


def properties(provider: AnyProvider) -> dict[str, Any]:
    """Return properties that make a catalog or `load_file_io` use the credentials.

    The properties contain the provider itself, so they cannot be written to a configuration file.

    Args:
        provider: A sync or async provider, a `ProviderConfig`, a cache, or the object that
            `user(...)` of a broker returns. The caller must close the object. A sync provider is
            recommended; see `cognito_credentials.integrations.s3fs.session`.

    Raises:
        ConfigurationError: If pyiceberg or s3fs is not installed, or the provider is closed or of
            another type.
    """
    with require_library("pyiceberg", extra="pyiceberg", minimum="0.9"):
        import_module("pyiceberg.io")
    session(provider)  # raises an error now if the provider is unusable
    return {"py-io-impl": FILE_IO, PROVIDER_PROPERTY: provider}


def _make_file_system(catalog_properties: dict[str, Any]) -> Any:
    """Return a file system for the properties that pyiceberg documents under "FileIO, S3".

    Raises:
        ConfigurationError: If the properties contain no provider.
    """
    provider = catalog_properties.get(PROVIDER_PROPERTY)
    if provider is None:
        raise ConfigurationError(
            f"the properties of the catalog lack {PROVIDER_PROPERTY!r}",
            hint="Pass properties(provider) of cognito_credentials.integrations.pyiceberg.",
        )
    get = catalog_properties.get
    config: dict[str, Any] = {
        name: float(value)
        for name, value in (
            ("connect_timeout", get("s3.connect-timeout")),
            ("read_timeout", get("s3.request-timeout")),
        )
        if value
    }
    if str(get("s3.force-virtual-addressing", "")).lower() == "true":
        config["s3"] = {"addressing_style": "virtual"}
    region = get("s3.region") or get("client.region")
    return import_module("s3fs").S3FileSystem(
        session=session(provider, region_name=region),
        endpoint_url=get("s3.endpoint"),
        config_kwargs=config,
    )


def __getattr__(name: str) -> Any:
    # pyiceberg imports the class by its name. The base class is imported on first use.
    if name != "CognitoFileIO":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    base: Any = import_module("pyiceberg.io.fsspec").FsspecFileIO

    class CognitoFileIO(base):  # type: ignore[misc]
        """`FileIO` of pyiceberg with credentials from a provider."""

        __module__ = __name__

        def __init__(self, properties: dict[str, Any]) -> None:
            super().__init__(properties)  # pyright: ignore[reportUnknownMemberType]
            self._scheme_to_fs.update(dict.fromkeys(SCHEMES, _make_file_system))

    return globals().setdefault(name, CognitoFileIO)
