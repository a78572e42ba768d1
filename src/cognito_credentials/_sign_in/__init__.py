"""Sign-in with OpenID Connect, or with the API of a user pool.

- `application`: issuer, client ID, client secret and endpoint, which belong together.
- `issuers`, `discovery`, `providers`: the URLs and metadata of issuers, and the differences between
  issuers.
- `client`, `http`, `members`, `id_tokens`: token requests, and verification of the responses.
- `browser`, `device`, `user_pool`: the sign-in methods.
- `sessions`, `session_token`, `refresh`: storage, use, refresh and revocation of the tokens.

OAuth is implemented by Authlib, JOSE by joserfc, and SRP by pycognito. All requests use the
transports of the library, so the settings for proxies, certificate authorities and timeouts apply.
"""
