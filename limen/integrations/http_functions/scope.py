"""Where an integration with a function stands: what its events say of API, stage and route."""

from collections.abc import Mapping

from msgspec import Struct

from limen.gateway.paths import DEFAULT


class FunctionScope(Struct, frozen=True):
    """The API, the stage and the route that an integration is compiled for."""

    account: str
    region: str
    api_id: str
    stage_name: str
    route_key: str
    variables: Mapping[str, str]
    has_body: bool = True
    """An authorizer is not given the body."""

    def path_prefix(self, version: str) -> bytes | None:
        """Of paths in events (`path_of_event`) of a payload format version: `/prod` where the stage has a name."""
        if version == "1.0":
            return None
        return b"" if self.stage_name == DEFAULT else b"/" + self.stage_name.encode()
