"""Authorities that other nodes made come into this node's ca.pem."""

import asyncio
from pathlib import Path

from limen.control.certificates.trusted import TrustedAuthorities
from limen.downstream.authority import ensure_authority
from tests.control.certificates.conftest import Acm


def test_a_node_trusts_what_others_issue(acm: Acm, tmp_path: Path) -> None:
    here = ensure_authority(tmp_path / "here").ca
    own = here.read_text()
    acm.request("before.dev")

    async def run() -> None:
        following = TrustedAuthorities(acm.store, here.parent)
        following.start()
        async with asyncio.timeout(10):
            while here.read_text().count("BEGIN") < 2:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(acm.request, "after.dev")
            while here.read_text().count("BEGIN") < 3:
                await asyncio.sleep(0.01)
        await following.stop()

    asyncio.run(run())
    assert here.read_text().startswith(own)
    theirs = (acm.directory / "ca.pem").read_text()
    assert here.read_text().removeprefix(own) == theirs.partition("-----END CERTIFICATE-----\n")[2]
