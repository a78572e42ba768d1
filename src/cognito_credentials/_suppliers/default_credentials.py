"""Default AWS credentials of this process, from the same sources as in boto3."""

from __future__ import annotations

from cognito_credentials import _typing as t
from cognito_credentials.errors import ConfigurationError

__all__ = ["DefaultCredentials"]

PROBLEM = "there are no AWS credentials to sign GetOpenIdTokenForDeveloperIdentity with"


class DefaultCredentials:
    """Callable that returns the credentials from botocore's default chain, loaded on first use.

    The chain consists of environment variables, the AWS config files, and the roles of containers
    and instances. botocore refreshes the credentials automatically.

    Args:
        profile: Profile of the AWS config files, or None for botocore's default.
    """

    # The async driver calls this object in a thread, because botocore may read files, run commands
    # and call services.
    blocks = True

    def __init__(self, profile: str | None) -> None:
        self._profile = profile
        self._credentials: t.Any = None

    def __call__(self) -> t.Any:
        """Return the credentials as a botocore object.

        Raises:
            ConfigurationError: If botocore is not installed, or finds no credentials.
        """
        if self._credentials is None:
            self._credentials = _load(self._profile)
        return self._credentials


def _load(profile: str | None) -> t.Any:
    try:
        from botocore.session import Session
    except ModuleNotFoundError:
        from cognito_credentials._core.missing_packages import missing_package

        missing = missing_package("botocore", extra="boto3")
        raise ConfigurationError(
            f"{PROBLEM}: credentials is None, and botocore is not installed",
            hint="Pass credentials=Credentials(...) to DeveloperIdentity or ClientConfig, or "
            "install botocore, which loads the default AWS credentials of this process. "
            f"{missing.hint}",
        ) from None
    credentials: t.Any = Session(profile=profile).get_credentials()
    if credentials is None:
        raise ConfigurationError(
            f"{PROBLEM}: credentials is None, and botocore did not find any credentials",
            hint="Provide AWS credentials to this process, for example with a role, or pass "
            "credentials to DeveloperIdentity or ClientConfig. Check the credentials with "
            "`aws sts get-caller-identity`.",
        )
    return credentials
