"""When certificates of domain names end, as /metrics tells it."""

from limen.control.certificates.documents import ends_at
from limen.control.certificates.expiry import expiry_metrics
from tests.control.certificates.conftest import UNKNOWN, Acm


def test_each_domain_name_tells_when_its_certificate_ends(acm: Acm) -> None:
    assert expiry_metrics(acm.store) == ""
    arn = acm.request("a.test")
    acm.serve("a.test", arn)
    acm.serve("*.b.dev", UNKNOWN)
    lines = expiry_metrics(acm.store).splitlines()

    assert lines[1] == "# TYPE limen_certificate_expiry_seconds gauge"
    assert f'limen_certificate_expiry_seconds{{domain_name="a.test"}} {ends_at(acm.describe(arn)):.0f}' in lines
    assert lines[2].startswith('limen_certificate_expiry_seconds{domain_name="*.b.dev"} 1')
