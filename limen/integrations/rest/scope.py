"""What the integrations of one stage share."""

from collections.abc import Mapping

from msgspec import Struct

from limen.upstream.origin import ClientCertificate

TEST_STAGE = "test-invoke-stage"
"""The stage that a method believes itself to be on while it is tested (observed)."""


class RestScope(Struct, frozen=True):
    account: str
    region: str
    api_id: str
    stage_name: str
    variables: Mapping[str, str]
    binary_media_types: tuple[str, ...] = ()
    client_certificate: ClientCertificate | None = None
    """Shown to backends that ask for one."""

    @property
    def is_test(self) -> bool:
        return self.stage_name == TEST_STAGE
