"""VPC links: where private integrations lead to, by setting.

On AWS a link opens a way into a network, and a listener or a Cloud Map service names who answers there. Here the
setting `[vpc_links]` names an address for a listener, a service or a whole link.
"""

import re
from collections.abc import Mapping
from typing import Any

from limen.gateway.stage_variables import fill_stage_variables

_ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/?", re.IGNORECASE)


class VpcLinks:
    """`addresses`: the ARN of a listener or a service, or the id of a link, to `http://host:port` or `https://...`.

    The most exact key applies: a service's ARN with its query (`?stage=prod`), the ARN alone, then the link.
    """

    def __init__(self, addresses: Mapping[str, str]) -> None:
        for key, address in addresses.items():
            if not _ADDRESS.fullmatch(address):
                raise ValueError(f"[vpc_links] {key}: {address!r} is not http://host:port or https://host:port")
        self._addresses = dict(addresses)

    def get_address(self, integration: Mapping[str, Any], variables: Mapping[str, str]) -> str:
        """Raises LookupError, in words for the log, where the setting names no address."""
        uri = fill_stage_variables(integration.get("integrationUri") or "", variables)
        link = fill_stage_variables(integration.get("connectionId") or "", variables)
        for key in (uri, uri.partition("?")[0], link):
            address = self._addresses.get(key)
            if address is not None:
                return address.rstrip("/")
        target = f"{uri!r} or for " if uri else ""
        raise LookupError(f"the setting [vpc_links] has no address for {target}the link {link!r}")
