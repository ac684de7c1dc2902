"""The control process asks real issuers, all at once, and remembers what they said."""

import asyncio
from pathlib import Path

from limen.control.issuer_discovery import DiscoveryError, IssuerDiscovery
from tests.support.loops import in_loop
from tests.support.oidc_issuer import OidcIssuer


@in_loop
async def test_issuers_are_asked_at_once_and_remembered(tmp_path: Path) -> None:
    issuer = OidcIssuer(tmp_path)
    discovery = IssuerDiscovery(str(issuer.ca), admin_port=1)
    discovery.start()
    try:
        found = await asyncio.to_thread(discovery.find, [issuer.url, issuer.url + "/other"])
        assert found[issuer.url] == issuer.url + "/keys"
        problem = found[issuer.url + "/other"]
        assert isinstance(problem, DiscoveryError) and "answered 404" in str(problem)
        issuer.stop()
        assert await asyncio.to_thread(discovery.find, [issuer.url]) == {issuer.url: issuer.url + "/keys"}
    finally:
        issuer.close()
        await discovery.stop()
