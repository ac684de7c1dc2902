"""When the certificates of domain names end, for /metrics."""

from limen.control.certificates.documents import ends_at
from limen.control.certificates.served import find_served
from limen.store.errors import StoreAwayError
from limen.store.store import Store

_NAME = "limen_certificate_expiry_seconds"


def expiry_metrics(store: Store) -> str:
    """In the text format of Prometheus; empty where there are no domain names, and while the database is away."""
    try:
        with store.reader() as reader:
            ends = {
                str(key): ends_at(found[0])
                for _, key, domain in reader.all("DomainName")
                if (found := find_served(reader, domain)) is not None
            }
    except StoreAwayError:
        return ""
    if not ends:
        return ""
    lines = [
        f"# HELP {_NAME} When the certificate of a domain name ends, in seconds since 1970.",
        f"# TYPE {_NAME} gauge",
        *(f'{_NAME}{{domain_name="{name}"}} {end:.0f}' for name, end in sorted(ends.items())),
    ]
    return "\n".join(lines) + "\n"
