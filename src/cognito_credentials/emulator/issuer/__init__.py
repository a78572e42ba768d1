"""The OpenID Connect issuer of the emulator, without I/O.

Any user name is accepted, without a password. The protocol is implemented strictly, so that an
application that works with this issuer also works with real issuers. Each of these modules uses
only the modules below it:

- `oidc_issuer`: the public class.
- `service`: maps paths to endpoints.
- `authorization`, `device_pages`, `token_endpoint`: the endpoints.
- `state`: everything that the issuer stores.
- `clients`, `users`, `grants`, `devices`, `id_tokens`: the parts of the state.
- `pages`, `replies`, `parameters`, `errors`, `tables`: shared by the other modules.

Authlib's classes for OAuth servers are not used, because they take the time from the system clock,
and do not detect that a code or a refresh token is reused.
"""
