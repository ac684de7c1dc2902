"""Where mutual TLS can be gone around, which nobody may have thought of.

Guide: "How to turn on mutual TLS authentication for your REST APIs", "Disable the default endpoint for REST APIs".
"""


def open_endpoint_trap(api: str, domain_name: str) -> str:
    """What to know of an API on a domain name with mutual TLS whose own host is open."""
    return (
        f"clients can go around the mutual TLS of {domain_name}: {api} answers on its own host too, which asks for no "
        "certificate; set disableExecuteApiEndpoint"
    )
