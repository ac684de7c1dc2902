"""Signed tokens: JSON Web Tokens in compact form (RFC 7519, RFC 7515), and the keys that they are signed with.

token: three parts of base64url with dots between, of which only the last is a signature. claims: what a token says, an
object of JSON. key set: the public keys of an issuer by key id (RFC 7517). algorithm: one of the table in
`algorithms.py`; a key says which it may be used with, a token only which of these it was. Nothing here is encrypted,
unsigned, or signed with a shared secret.
"""
