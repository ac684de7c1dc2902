"""Custom domain names as the gateway workers know them: what the control process sends, at start and by change."""

from msgspec import Struct

MAPPINGS_ONLY = "API_MAPPING_ONLY"
RULES_ONLY = "ROUTING_RULE_ONLY"
RULES_THEN_MAPPINGS = "ROUTING_RULE_THEN_API_MAPPING"


class MappingRecord(Struct, array_like=True, frozen=True):
    """A stage below a path of a domain name."""

    key: str
    """Segments without slashes at the ends; empty for what no other mapping takes."""
    api_id: str
    stage: str
    """Empty where the segment behind the key names it."""


class HeaderCondition(Struct, array_like=True, frozen=True):
    """One header that a rule asks for."""

    name: str
    """In lower case."""
    glob: str
    """A value, where `*` at its start, at its end or both stands for anything."""


class RuleRecord(Struct, array_like=True, frozen=True):
    """A routing rule: what is asked of a request, all of it, and the stage of a REST API that then answers."""

    id: str
    priority: int
    """The lowest comes first; no two of a domain name have the same."""
    headers: tuple[HeaderCondition, ...]
    base_path: str | None
    """None: any path."""
    api_id: str
    stage: str
    strips_base_path: bool


class DomainRecord(Struct, array_like=True, frozen=True):
    """A domain name with all that is served by it."""

    name: str
    """In lower case; `*.` in front stands for one label."""
    mode: str
    mappings: tuple[MappingRecord, ...]
    rules: tuple[RuleRecord, ...]
    """By priority."""
    security_policy: str
    chain: str
    """The server's certificate and those between it and its root, as PEM."""
    key: str
    """Of the certificate, as PEM."""
    truststore: str = ""
    """Certificates as PEM; empty: clients need none."""
    is_strict: bool = False
    """Whether clients must have asked for the very host in the handshake."""

    def __repr__(self) -> str:
        return f"DomainRecord({self.name!r})"


class DomainChanges(Struct, array_like=True, frozen=True):
    """Everything where `is_whole`, else what changed since the revision before."""

    is_whole: bool
    domains: list[DomainRecord]
    gone: list[str] = []
    """Names."""
