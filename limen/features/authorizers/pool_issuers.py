"""By which names the issuer of a user pool goes: AWS's, and that of this server, whose tokens name a URL that answers.

One rule: what is configured by AWS's name means the pool of that id, wherever it is. Tokens of a pool of this server's
own name this server, and are verified with its keys; AWS's with keys fetched from there. Who has the keys decides.
"""

import re

_AWS = re.compile(r"https://cognito-idp\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(\1_[0-9A-Za-z]+)/?", re.ASCII)


def names_of_issuer(configured: str, authority: str) -> tuple[str, ...]:
    """What tokens may name as issuer; `authority`: what hosts of this server end with, empty where it has none."""
    found = _AWS.fullmatch(configured)
    if found is None or not authority:
        return (configured,)
    return configured, f"https://cognito-idp.{found[1]}.{authority}/{found[2]}"
