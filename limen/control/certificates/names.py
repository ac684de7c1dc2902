"""Which domain names a certificate is for (RFC 6125, section 6.4.3): a wildcard stands for one label, the first."""

from collections.abc import Iterable


def covers(certificate_names: Iterable[str], domain_name: str) -> bool:
    """`domain_name` may be a wildcard itself, which only the same wildcard covers."""
    wanted = domain_name.lower()
    return any(_is_for(name.lower(), wanted) for name in certificate_names)


def _is_for(name: str, wanted: str) -> bool:
    if name == wanted:
        return True
    label, dot, rest = wanted.partition(".")
    return name.startswith("*.") and bool(dot) and label not in ("", "*") and name[2:] == rest
