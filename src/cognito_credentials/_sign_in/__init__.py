"""Signing in, and staying signed in: OpenID Connect, and the user pools' own API.

- `client`: one application at one issuer: its metadata, its token requests, its ID tokens.
- `browser`, `device`, `user_pool`: the three ways in. Each returns the issuer's tokens.
- `sessions`: what is kept of them, and where; `session_token` gives ID tokens out of it, renewed.
- `providers`: where issuers differ.

OAuth is Authlib's, JOSE joserfc's, SRP pycognito's. All HTTP goes through the library's transports,
so that proxies, authorities and time limits are those of the rest.
"""
