"""Whose X-Forwarded-For is believed, and what address it gives a request.

Each proxy adds the address that it was called from on the right. The right-most address that is no trusted proxy's is
therefore the last that a trusted proxy has seen with its own eyes; what stands left of it, anybody may have written.
"""

import ipaddress
from collections.abc import Iterable
from typing import TypeAlias

from limen.gateway.exchange import Exchange
from limen.wire import Headers

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED = b"forwarded"
FORWARDED_FOR = b"x-forwarded-for"
MOST_PROXIES = 32
"""In a row, behind a client; honest chains are shorter."""
_KNOWN_MAX = 1_000


class TrustedProxies:
    """The networks of trusted proxies; none by default."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(network) for network in networks)
        self._known: dict[str, bool] = {}
        """Of addresses in their plain form: there are few proxies, and they come again with each request."""

    def trusts(self, address: str) -> bool:
        if not self._networks:
            return False
        known = self._known.get(address)
        if known is None:
            plain = read_address(address.encode())
            known = plain is not None and self._holds(plain)
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            self._known[address] = known
        return known

    def see_through(self, exchange: Exchange) -> None:
        """Puts who called the proxies in the place of the trusted proxy that sent the request, and what it told them.

        With a header that is malformed or names nobody, the proxy itself is the client. What others than trusted
        proxies say in `Forwarded` is not passed on: backends may believe its first element.
        """
        headers = exchange.headers
        if not exchange.client.is_proxy:
            exchange.headers = Headers([each for each in headers if each[0] != FORWARDED])
            return
        if headers.behind_proxies is None:
            headers.behind_proxies = self._read(headers)
        address, exchange.headers = headers.behind_proxies
        if address is None:
            return
        proxy = exchange.client
        if proxy.behind is None or proxy.behind.source_ip != address:
            proxy.behind = proxy.called_from(address)
        exchange.client = proxy.behind

    def _read(self, headers: Headers) -> tuple[str | None, Headers]:
        elements = [element for name, _, value in headers if name == FORWARDED_FOR for element in value.split(b",")]
        address, position = self._find_client(elements)
        if address is None:
            return None, headers
        kept = [each for each in headers if each[0] != FORWARDED_FOR]
        claimed = b",".join(elements[:position]).strip(b" \t")
        if claimed:
            kept.append((FORWARDED_FOR, b"X-Forwarded-For", claimed))
        return address, Headers(kept)

    def _find_client(self, elements: list[bytes]) -> tuple[str | None, int]:
        """Its address and where it stands; the left-most where all are trusted."""
        address: str | None = None
        position = len(elements)
        for index in range(len(elements) - 1, max(len(elements) - MOST_PROXIES, 0) - 1, -1):
            found = read_address(elements[index])
            if found is None:
                return None, 0
            address, position = found, index
            if not self.trusts(found):
                return address, position
        return (address, position) if position == 0 else (None, 0)

    def _holds(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address)
        return any(parsed in network for network in self._networks)


def read_address(text: bytes) -> str | None:
    """An element of X-Forwarded-For in its plain form, without the port that some proxies add; None where it is none.

    Addresses of IPv4 in IPv6 are those of IPv4. Zones are refused: they may be any text.
    """
    element = text.strip(b" \t")
    if len(element) > 64 or not element.isascii():
        return None
    written = element.decode()
    if written.startswith("["):
        written, bracket, port = written[1:].partition("]")
        if not bracket or ":" not in written or not _is_port(port):
            return None
    elif written.count(":") == 1:
        written, _, port = written.partition(":")
        if not _is_port(f":{port}"):
            return None
    if "%" in written:
        return None
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


def _is_port(text: str) -> bool:
    """`:` and a number, or nothing."""
    digits = text[1:]
    return not text or (text[0] == ":" and digits.isdigit() and len(digits) <= 5 and int(digits) <= 65535)
