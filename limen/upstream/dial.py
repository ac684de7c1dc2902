"""Opens a connection to an origin: address by address, then TLS; refuses what no integration may reach."""

import asyncio
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable
from typing import Any

import aiofastnet

from limen.upstream.errors import UpstreamError
from limen.upstream.http1 import Connection
from limen.upstream.origin import Origin
from limen.upstream.presented import find_flaw
from limen.upstream.resolve import Address, Resolver
from limen.upstream.tls import Contexts


class Dialer:
    """Owned by an Upstream. `forbidden_ports` are ports of this machine, under whatever name or address."""

    def __init__(self, resolver: Resolver, context: ssl.SSLContext, forbidden_ports: frozenset[int]) -> None:
        self._resolver = resolver
        self._contexts = Contexts(context)
        self._forbidden_ports = forbidden_ports

    async def dial(self, origin: Origin, timeout: float, make: Callable[[], Connection]) -> Connection:
        """A connection that is ready for a call, within `timeout` seconds."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + timeout
        try:
            async with asyncio.timeout_at(ends):
                opened = await self._open(origin, ends)
                return await self._start(origin, opened, make)
        except TimeoutError:
            raise UpstreamError("connect", f"{origin}: no connection within {timeout:g} s") from None
        except ssl.SSLCertVerificationError as error:
            raise UpstreamError("tls", f"{origin}: certificate not accepted: {error.verify_message}") from None
        except ssl.SSLError as error:
            raise UpstreamError("tls", f"{origin}: TLS handshake failed: {error.reason or error}") from None
        except ValueError as error:
            raise UpstreamError("resolve", f"{origin}: no name for a host: {error}") from None
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise UpstreamError("connect", f"{origin}: {reason}") from None

    async def close(self) -> None:
        await self._resolver.close()

    async def _open(self, origin: Origin, ends: float) -> socket.socket:
        if origin.scheme == "unix":
            # A path is named by settings alone, never by an integration: nothing is forbidden here.
            return await _connect_socket(socket.AF_UNIX, origin.host)
        addresses = await self._resolver.resolve(origin.host, origin.port)
        return await self._connect(addresses, ends)

    async def _connect(self, addresses: list[Address], ends: float) -> socket.socket:
        """The first address that answers; each but the last has an equal share of the time that is left."""
        loop = asyncio.get_running_loop()
        for left in range(len(addresses) - 1, 0, -1):
            share = (ends - loop.time()) / (left + 1)
            try:
                async with asyncio.timeout(share):
                    return await self._connect_to(addresses[-left - 1])
            except OSError:  # a TimeoutError is one too
                continue
        return await self._connect_to(addresses[-1])

    async def _connect_to(self, address: Address) -> socket.socket:
        family, target = address
        self._refuse_forbidden(target, is_local=False)
        opened = await _connect_socket(family, target)
        try:
            # A machine reaches its own address from that address: no list of interfaces needed.
            self._refuse_forbidden(target, is_local=opened.getsockname()[0] == opened.getpeername()[0])
        except BaseException:
            opened.close()
            raise
        return opened

    def _refuse_forbidden(self, target: tuple[object, ...], *, is_local: bool) -> None:
        host, port = str(target[0]), target[1]
        address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(host.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if port in self._forbidden_ports and (is_local or address.is_loopback or address.is_unspecified):
            raise UpstreamError("forbidden", f"{host}:{port}: integrations may not reach the gateway's own admin port")
        if address.is_link_local:
            # Instance metadata, and with it the machine's credentials, lives on link-local addresses.
            raise UpstreamError("forbidden", f"{host}: integrations may not reach link-local addresses")

    async def _start(self, origin: Origin, opened: socket.socket, make: Callable[[], Connection]) -> Connection:
        try:
            context = await self._contexts.get(origin) if origin.scheme == "https" else None
            name = origin.server_name or origin.host
            transport, connection = await aiofastnet.create_connection(
                asyncio.get_running_loop(),
                make,
                sock=opened,
                ssl=context,
                server_hostname=None if context is None else name,
            )
        except ConnectionError:
            opened.close()
            raise UpstreamError("tls", f"{origin}: the backend hung up during the TLS handshake") from None
        except BaseException:
            opened.close()
            raise
        if origin.skips_verification and context is not None:
            flaw = find_flaw(transport.get_extra_info("ssl_object").getpeercert(True), name)
            if flaw is not None:
                transport.abort()
                raise UpstreamError("tls", f"{origin}: certificate not accepted: {flaw}")
        return connection


async def _connect_socket(family: int, target: Any) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, target)
    except BaseException:
        opened.close()
        raise
    return opened
