"""Where an integration with a function stands: what its events say of API, stage and route."""

from collections.abc import Mapping

from msgspec import Struct


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
