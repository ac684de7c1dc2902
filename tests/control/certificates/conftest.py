"""Operations of Certificate Manager on a real store, with the authority of a real data directory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.aws.sealing import Seal
from limen.control.call import Aside, Call, ControlSettings
from limen.control.certificates.serving import certificate_for
from limen.control.invoke import make_invoke
from limen.control.wall_clock import WallClock
from limen.downstream.authority import ensure_authority
from limen.store.store import Store

ACCOUNT, REGION = "000000000000", "us-east-1"
UNKNOWN = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"


class Acm:
    """`acm("GetCertificate", ...)` answers as the operation does; `refuses` gives its error."""

    def __init__(self, store: Store, directory: Path, key: bytes = bytes(32)) -> None:
        self.store = store
        self.directory = directory
        self.clock = WallClock()
        self.settings = ControlSettings(
            account=ACCOUNT, secrets=Seal(key, "tests"), issuing=directory, clock=self.clock
        )
        self._invoke = make_invoke(store, self.settings)

    def __call__(self, operation: str, *, region: str = REGION, **members: Any) -> dict[str, Any]:
        aws = AwsCall("acm", operation, members, ACCOUNT, region, "AKID", "request")
        answer = self._invoke(aws)
        while isinstance(answer, Aside):
            answer = self._invoke.go_on(aws, answer, answer.work())
        assert isinstance(answer, dict)
        return answer

    def refuses(self, operation: str, **members: Any) -> str:
        with pytest.raises(AwsError) as raised:
            self(operation, **members)
        return f"{raised.value.code}: {raised.value.message}"

    def request(self, *names: str, **members: Any) -> str:
        more = {"SubjectAlternativeNames": list(names[1:])} if names[1:] else {}
        made = self("RequestCertificate", DomainName=names[0], KeyAlgorithm="EC_prime256v1", **more, **members)
        return str(made["CertificateArn"])

    def describe(self, arn: str) -> dict[str, Any]:
        described: dict[str, Any] = self("DescribeCertificate", CertificateArn=arn)["Certificate"]
        return described

    def serve(self, domain_name: str, arn: str) -> dict[str, Any]:
        """A domain name that uses a certificate, as the operations of API Gateway store one."""
        with self.store.transaction() as documents:
            aws = AwsCall("apigatewayv2", "CreateDomainName", {}, ACCOUNT, REGION, "AKID", "request")
            certificate_for(Call(aws, documents, self.settings, self.clock.text()), domain_name, arn)
            domain = {
                "domainName": domain_name,
                "domainNameArn": f"arn:aws:apigateway:{REGION}::/domainnames/{domain_name}",
                "domainNameConfigurations": [{"certificateArn": arn}],
                "_account": ACCOUNT,
            }
            documents.put("DomainName", f"{ACCOUNT}/{REGION}", domain_name, domain)
        return domain


@pytest.fixture
def acm(tmp_path: Path) -> Iterator[Acm]:
    store = Store.open("sqlite://")
    ensure_authority(tmp_path / "data")
    yield Acm(store, tmp_path / "data")
    store.close()
