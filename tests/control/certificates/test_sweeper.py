"""What is renewed in time, what is spoken of, what is left behind and goes."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from limen.control.certificates.documents import AUTHORITY, EVERYWHERE, STAND_IN, TOKEN
from limen.control.certificates.renewal import renew_stored
from limen.control.certificates.served import served_certificate
from limen.control.certificates.sweeper import DAY, CertificateSweeper, find_due
from tests.control.certificates.conftest import ACCOUNT, REGION, UNKNOWN, Acm
from tests.control.certificates.making import Made


async def _at_once(function: Callable[[], Any]) -> Any:
    return function()


def sweeper(acm: Acm) -> CertificateSweeper:
    renew = partial(renew_stored, acm.store, acm.settings)
    return CertificateSweeper(acm.store, _at_once, acm.clock.now, renew, acm.directory)


def sweep(acm: Acm) -> None:
    asyncio.run(sweeper(acm).sweep())


def test_what_was_issued_here_is_renewed_sixty_days_before_its_end(acm: Acm) -> None:
    arn, stood_in = acm.request("a.test"), acm.serve("b.test", UNKNOWN)
    first = acm.describe(arn)["Serial"]
    with acm.store.reader() as reader:
        before = served_certificate(reader, stood_in, acm.settings.secrets_seal)
    acm.clock.ahead = 137 * DAY
    sweep(acm)
    assert acm.describe(arn)["Serial"] == first
    acm.clock.ahead = 139 * DAY
    sweep(acm)
    renewed = acm.describe(arn)

    assert renewed["Serial"] != first
    assert renewed["RenewalSummary"]["RenewalStatus"] == "SUCCESS"
    with acm.store.reader() as reader:
        assert served_certificate(reader, stood_in, acm.settings.secrets_seal) != before
    sweep(acm)
    assert acm.describe(arn)["Serial"] == renewed["Serial"], "once is enough"


def test_nodes_that_look_at_once_renew_once(acm: Acm) -> None:
    arn = acm.request("a.test")
    acm.clock.ahead = 150 * DAY
    with acm.store.reader() as reader:
        (place,) = find_due(reader, acm.clock.now()).renewed
    renew_stored(acm.store, acm.settings, *place)
    serial = acm.describe(arn)["Serial"]
    renew_stored(acm.store, acm.settings, *place)

    assert acm.describe(arn)["Serial"] == serial
    acm("DeleteCertificate", CertificateArn=arn)
    renew_stored(acm.store, acm.settings, *place)


def test_what_was_imported_is_spoken_of_once_a_day(acm: Acm, caplog: pytest.LogCaptureFixture) -> None:
    used = acm("ImportCertificate", **Made("used.test", days=(-1, 60)).members())["CertificateArn"]
    acm("ImportCertificate", **Made("idle.test", days=(-1, 60)).members())
    acm.serve("used.test", used)
    watching = sweeper(acm)
    with caplog.at_level(logging.WARNING):
        asyncio.run(watching.sweep())
        assert not caplog.messages
        acm.clock.ahead = 31 * DAY
        asyncio.run(watching.sweep())
        asyncio.run(watching.sweep())

    assert len(caplog.messages) == 1
    assert f"{used} for used.test ends" in caplog.messages[0]


def test_what_is_left_behind_goes(acm: Acm) -> None:
    acm.serve("gone.dev", UNKNOWN)
    acm.serve("stays.dev", UNKNOWN)
    acm.request("a.test", IdempotencyToken="t")
    with acm.store.transaction() as documents:
        documents.delete("DomainName", f"{ACCOUNT}/{REGION}", "gone.dev")

    def kept() -> tuple[list[str], int, int, int]:
        with acm.store.reader() as reader:
            stand_ins = [key for key, _ in reader.list(STAND_IN, EVERYWHERE)]
            counts = reader.count(AUTHORITY, EVERYWHERE), reader.count(TOKEN, f"{ACCOUNT}/{REGION}")
        return stand_ins, *counts, (acm.directory / "ca.pem").read_text().count("BEGIN")

    sweep(acm)
    assert kept() == (["gone.dev", "stays.dev"], 3, 1, 3), "it may be that the domain name is about to be made"
    acm.clock.ahead = 7_300
    sweep(acm)
    assert kept() == (["stays.dev"], 3, 0, 3)
    acm.clock.ahead = 31 * DAY
    sweep(acm)
    assert kept() == (["stays.dev"], 2, 0, 2), "an authority stays a month beyond its last certificate"


def test_domain_names_of_older_stores_get_stand_ins(acm: Acm) -> None:
    domain = {
        "domainName": "old.dev",
        "domainNameArn": "arn:a",
        "_account": ACCOUNT,
        "domainNameConfigurations": [{"certificateArn": UNKNOWN}],
    }
    with acm.store.transaction() as documents:
        documents.put("DomainName", f"{ACCOUNT}/{REGION}", "old.dev", domain)
    sweep(acm)

    with acm.store.reader() as reader:
        chain, _ = served_certificate(reader, domain, acm.settings.secrets_seal)
        assert chain.startswith("-----BEGIN CERTIFICATE-----")
        revision = reader.revision
    sweep(acm)
    with acm.store.reader() as reader:
        assert reader.revision == revision, "what is as it should be is left alone"


def test_one_that_cannot_be_renewed_holds_up_no_other(acm: Acm, caplog: pytest.LogCaptureFixture) -> None:
    broken, fine = acm.request("a.test"), acm.request("b.test")
    serial = acm.describe(fine)["Serial"]
    acm.clock.ahead = 150 * DAY

    def renew(noun: str, parent: str, key: str) -> None:
        if broken.endswith(key):
            raise OSError("disk full")
        renew_stored(acm.store, acm.settings, noun, parent, key)

    asyncio.run(CertificateSweeper(acm.store, _at_once, acm.clock.now, renew, acm.directory).sweep())

    assert acm.describe(fine)["Serial"] != serial
    assert "could not be renewed" in caplog.messages[0]


def test_it_looks_when_the_clock_is_moved(acm: Acm) -> None:
    arn = acm.request("a.test")
    serial = acm.describe(arn)["Serial"]

    async def run() -> None:
        looking = sweeper(acm)
        looking.start()
        acm.clock.ahead = 150 * DAY
        looking.wake()
        async with asyncio.timeout(10):
            while acm.describe(arn)["Serial"] == serial:
                await asyncio.sleep(0.01)
        await looking.stop()

    asyncio.run(run())
