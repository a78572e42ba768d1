"""Identity pools whose guests and users can get credentials immediately."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from cognito_credentials import _typing as t
from cognito_credentials._aio import provider as async_providers
from cognito_credentials._sync import provider as sync_providers
from cognito_credentials.config import ClientConfig
from cognito_credentials.emulator.argument_checks import check_name, check_text, check_type
from cognito_credentials.emulator.furnishing.access import AdministratorAccess, get_client
from cognito_credentials.emulator.furnishing.resource_names import check_attributes
from cognito_credentials.emulator.furnishing.sessions import create_session
from cognito_credentials.logins import user_pool


class IdentityPool:
    """An identity pool in an emulator, created by `Emulator.create_identity_pool`. Thread-safe.

    The IDs and ARNs can be used with every AWS client, for example to change the policy of a role.

    Attributes:
        id: The identity pool ID.
        guest_role_arn: The ARN of the guests' role, or None if the pool does not allow guests.
        signed_in_role_arn: The ARN of the signed-in users' role, or None if the pool does not allow
            users.
        user_pool_id: The ID of the user pool with the users, or None if the pool does not allow
            users.
        client_id: The ID of the user pool client for which ID tokens are issued, or None if the
            pool does not allow users.
    """

    __module__ = "cognito_credentials.emulator"

    def __init__(
        self,
        emulator: AdministratorAccess,
        *,
        pool_id: str,
        guest_role_arn: str | None,
        signed_in_role_arn: str | None,
        user_pool_id: str | None,
        client_id: str | None,
    ) -> None:
        self._emulator = emulator
        self.id: str = pool_id
        self.guest_role_arn: str | None = guest_role_arn
        self.signed_in_role_arn: str | None = signed_in_role_arn
        self.user_pool_id: str | None = user_pool_id
        self.client_id: str | None = client_id

    def __repr__(self) -> str:
        return f"IdentityPool({self.id!r})"

    @property
    def login_provider_name(self) -> str:
        """The login provider name of the user pool: the key in `logins`.

        Raises:
            ValueError: If the pool does not allow signed-in users.
        """
        return user_pool(self._require_user_pool())

    def create_user(
        self,
        name: str,
        *,
        attributes: Mapping[str, str] | None = None,
        password: str | None = None,
    ) -> User:
        """Create a user who can sign in.

        Args:
            name: The user name.
            attributes: Attributes of the user, which ID tokens contain as claims, for example
                `{"email": "ann@example.com"}`.
            password: The password. Default: a random password.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If the pool does not allow signed-in users, or a name or value is invalid.
            botocore.exceptions.ClientError: If Cognito rejects the user, for example because the
                name exists or the password is too short. No user is created then.
            RuntimeError: If the emulator is not running.
        """
        user_pool_id = self._require_user_pool()
        attributes = {} if attributes is None else attributes
        check_name("name", name)
        check_attributes("attributes", attributes)
        if password is not None:
            check_text("password", password)
        users = get_client(self._emulator, "cognito-idp")
        # The prefix satisfies the password policies of user pools.
        password = password or f"Aa1!{secrets.token_urlsafe(12)}"
        users.admin_create_user(
            UserPoolId=user_pool_id,
            Username=name,
            UserAttributes=[{"Name": k, "Value": v} for k, v in attributes.items()],
            MessageAction="SUPPRESS",
        )
        try:
            users.admin_set_user_password(
                UserPoolId=user_pool_id, Username=name, Password=password, Permanent=True
            )
        except BaseException:
            # Without a password, the user could not sign in, and the name could not be used again.
            users.admin_delete_user(UserPoolId=user_pool_id, Username=name)
            raise
        return User(self._emulator, name=name, pool=self, password=password)

    def provider(
        self, user: User | None = None, **options: Any
    ) -> sync_providers.CognitoCredentialProvider:
        """Return a provider for a user or a guest, with the endpoint and the clock of the emulator.

        Each provider for a guest gets a separate identity, unless `options` contain a `cache`.

        Args:
            user: The user. Default: a guest.
            **options: Further arguments of `from_cognito_identity_pool`. Settings in
                `client_config` take precedence.

        Raises:
            ConfigurationError: If an option is invalid.
            RuntimeError: If the emulator is not running.
            TypeError: If `user` is not a `User`.
        """
        return sync_providers.from_cognito_identity_pool(
            self.id, **self._provider_options(user, options)
        )

    def async_provider(
        self, user: User | None = None, **options: Any
    ) -> async_providers.AsyncCognitoCredentialProvider:
        """Return an async provider for a user or a guest; see `provider`.

        Args:
            user: The user. Default: a guest.
            **options: Further arguments of `aio.from_cognito_identity_pool`.

        Raises:
            ConfigurationError: If an option is invalid.
            RuntimeError: If the emulator is not running.
            TypeError: If `user` is not a `User`.
        """
        return async_providers.from_cognito_identity_pool(
            self.id, **self._provider_options(user, options)
        )

    def session(self, user: User | None = None, **options: Any) -> t.Boto3Session:
        """Return a boto3 session for a user or a guest; its clients call the emulator.

        All clients of a session share a provider, and therefore an identity.

        Args:
            user: The user. Default: a guest.
            **options: Further arguments of `from_cognito_identity_pool`.

        Raises:
            ConfigurationError: If an option is invalid.
            RuntimeError: If the emulator is not running.
            TypeError: If `user` is not a `User`.
        """
        return create_session(self.provider(user, **options), self._emulator)

    def _provider_options(self, user: User | None, options: Mapping[str, Any]) -> dict[str, Any]:
        check_type("user", user, User | None, "a User, which create_user returns")
        config = ClientConfig.of(options.get("client_config"))
        settings: dict[str, Any] = {
            "endpoint_url": self._emulator.endpoint_url,
            "sts_endpoint_url": self._emulator.endpoint_url,
            "clock": self._emulator.clock,
            "proxies": {},  # The emulator runs on this machine, so no proxy is needed.
        }
        for name in ClientConfig.__slots__:
            value = getattr(config, name)
            if value is not None:
                settings[name] = value
        logins = None if user is None else user.logins
        return {"logins": logins, **options, "client_config": ClientConfig(**settings)}

    def _require_user_pool(self) -> str:
        if self.user_pool_id is None:
            raise ValueError(
                "the identity pool does not allow signed-in users; pass signed_in=[...] to"
                " create_identity_pool"
            )
        return self.user_pool_id


class User:
    """A user of an identity pool's user pool, created by `IdentityPool.create_user`. Thread-safe.

    Attributes:
        name: The user name.
        pool: The identity pool.
        password: The password, for tests of a sign-in. The repr does not contain the password.
    """

    __module__ = "cognito_credentials.emulator"

    def __init__(
        self, emulator: AdministratorAccess, *, name: str, pool: IdentityPool, password: str
    ) -> None:
        self._emulator = emulator
        self.name: str = name
        self.pool: IdentityPool = pool
        self.password: str = password

    def __repr__(self) -> str:
        return f"User({self.name!r})"

    def id_token(self) -> str:
        """Sign in, and return a new ID token, which is valid for an hour.

        Raises:
            botocore.exceptions.ClientError: If Cognito rejects the sign-in, for example because the
                user was disabled.
            RuntimeError: If the emulator is not running.
        """
        client = get_client(self._emulator, "cognito-idp")
        response = client.initiate_auth(
            ClientId=self.pool.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": self.name, "PASSWORD": self.password},
        )
        token: str = response["AuthenticationResult"]["IdToken"]
        return token

    @property
    def logins(self) -> dict[str, Callable[[], str]]:
        """The argument `logins` of a provider: the user pool's name and a supplier of ID tokens.

        An AWS client needs a token instead: `{pool.login_provider_name: user.id_token()}`.
        """
        return {self.pool.login_provider_name: self.id_token}
