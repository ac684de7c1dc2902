"""A table with stages and custom domain names, as a worker has it, and a client that asks."""

from collections.abc import Sequence

from limen.features.domain_names.domains import DomainNames, MakeGate
from limen.features.domain_names.mutual_tls import MutualTls
from limen.features.domain_names.records import (
    MAPPINGS_ONLY,
    DomainChanges,
    DomainRecord,
    HeaderCondition,
    MappingRecord,
    RuleRecord,
)
from limen.gateway.table import Table
from tests.gateway.test_table import ask as ask_table
from tests.gateway.test_table import stage

NAME = "api.shop.test"
FORBIDDEN = '403 {"message":"Forbidden"}'


def mapping(key: str, api_id: str, stage_name: str = "prod") -> MappingRecord:
    return MappingRecord(key, api_id, stage_name)


def rule(
    priority: int,
    api_id: str,
    stage_name: str = "prod",
    *,
    base_path: str | None = None,
    strips: bool = False,
    **headers: str,
) -> RuleRecord:
    """`headers`: globs by name, with underscores for hyphens."""
    conditions = tuple(HeaderCondition(name.replace("_", "-"), glob) for name, glob in headers.items())
    return RuleRecord(f"r{priority}", priority, conditions, base_path, api_id, stage_name, strips)


def record(
    *mappings: MappingRecord,
    name: str = NAME,
    mode: str = MAPPINGS_ONLY,
    rules: Sequence[RuleRecord] = (),
    truststore: str = "",
    is_strict: bool = False,
) -> DomainRecord:
    return DomainRecord(name, mode, mappings, tuple(rules), "TLS_1_2", "", "", truststore, is_strict)


class Gateway:
    """Every stage has a route for each path of up to three segments, which tells what reached it."""

    def __init__(self, *records: DomainRecord, make_gate: MakeGate = MutualTls) -> None:
        self.table = Table("gateway.test")
        for api_id, names in {"a": ("prod", "dev", "$default"), "b": ("prod",), "c": ("prod",)}.items():
            for name in names:
                self.table.put(stage(api_id, name, *ROUTES))
        self.table.first_api = "a"
        self.domains = DomainNames(self.table, lambda: 1_800_000_000.0, make_gate)
        self.apply(*records)

    def apply(self, *records: DomainRecord, gone: Sequence[str] = (), is_whole: bool = False) -> None:
        self.domains.apply(DomainChanges(is_whole, list(records), list(gone)))

    def ask(self, target: str, host: str = NAME, method: str = "GET") -> str:
        """`a/prod /route/path`, or a status and a body."""
        told = ask_table(self.table, f"{method} {target}", host)
        if told.startswith("4"):
            return told
        where, _, rest = told.partition(": ")
        return f"{where} {rest.split(' ')[2]}"


ROUTES = ("GET /", "GET /{a}", "GET /{a}/{b}", "GET /{a}/{b}/{c}")
