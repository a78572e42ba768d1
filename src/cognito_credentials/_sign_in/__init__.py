"""Sign-in with OpenID Connect, or with the API of a user pool.

- `application`: issuer, client ID, client secret and endpoint, which belong together.
- `issuers`, `discovery`, `providers`: URLs, metadata and differences of issuers.
- `client`, `http`, `id_tokens`: token requests, and verification of the responses.
- `browser`, `device`, `user_pool`: the methods of signing in.
- `sessions`, `session_token`, `refresh`: storage, use, refresh and revocation of the tokens.

Authlib implements OAuth, joserfc JOSE, and pycognito SRP. All requests are sent by the transports of the
library, so proxies, certificate authorities and timeouts are the same.
"""
