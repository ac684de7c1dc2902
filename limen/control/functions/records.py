"""From what is stored of functions to what their host is told."""

from collections.abc import Iterable, Iterator

from limen.control.functions.documents import (
    ALIAS,
    EVENT_INVOKE_CONFIG,
    FUNCTION,
    LAYER_VERSION,
    POLICY,
    VERSION,
)
from limen.control.functions.names import LATEST, FunctionId
from limen.control.functions.policies import document_of
from limen.functions.records import AliasRecord, Code, EventInvokeRecord, FunctionRecord, VersionRecord
from limen.store.documents import Document
from limen.store.reader import Reader

_CHILDREN = frozenset({VERSION, ALIAS, POLICY, EVENT_INVOKE_CONFIG})


def all_records(reader: Reader) -> Iterator[FunctionRecord]:
    for scope, name, document in reader.all(FUNCTION):
        yield make_record(reader, _function_of(scope, name), document)


def changed_records(reader: Reader, since: int, until: int) -> tuple[list[FunctionRecord], list[str]]:
    """Functions that commits after `since` touched, and ARNs of those that are gone; costs what has changed."""
    records, gone = [], []
    for function in sorted(_touched(reader, since, until), key=lambda each: each.arn):
        document = reader.get(FUNCTION, f"{function.account}/{function.region}", function.name)
        if document is None:
            gone.append(function.arn)
        else:
            records.append(make_record(reader, function, document))
    return records, gone


def make_record(reader: Reader, function: FunctionId, document: Document) -> FunctionRecord:
    parent = function.parent
    return FunctionRecord(
        arn=function.arn,
        name=function.name,
        account=function.account,
        region=function.region,
        versions={number: _version(version) for number, version in reader.list(VERSION, parent)},
        aliases={name: _alias(alias) for name, alias in reader.list(ALIAS, parent)},
        policies={
            "" if qualifier == LATEST else qualifier: document_of(policy)
            for qualifier, policy in reader.list(POLICY, parent)
        },
        reserved_concurrency=document.get("ReservedConcurrentExecutions"),
        event_invoke={
            qualifier: _event_invoke(config) for qualifier, config in reader.list(EVENT_INVOKE_CONFIG, parent)
        },
    )


def code_in_use(reader: Reader) -> set[str]:
    """SHA-256 of every zip file that a function, a version or a layer names."""
    used: set[str] = set()
    for noun in (VERSION, LAYER_VERSION):
        for _, _, document in reader.all(noun):
            codes = [document["_code"], *document.get("_layers", ())]
            used.update(code["sha256"] for code in codes if "sha256" in code)
    return used


def code_of(functions: Iterable[FunctionRecord]) -> set[str]:
    """SHA-256 of every zip file that running them takes."""
    versions = [version for function in functions for version in function.versions.values()]
    codes = [code for version in versions for code in (version.code, *version.layers)]
    return {code.sha256 for code in codes if code.sha256}


def _touched(reader: Reader, since: int, until: int) -> set[FunctionId]:
    touched = set()
    for noun, parent, key in reader.changed_parents(since, until):
        if noun == FUNCTION:
            touched.add(_function_of(parent, key))
        elif noun in _CHILDREN:
            scope, _, name = parent.rpartition("/")
            if scope.count("/") == 1:  # the policy of a layer has one name more
                touched.add(_function_of(scope, name))
    return touched


def _function_of(scope: str, name: str) -> FunctionId:
    account, _, region = scope.partition("/")
    return FunctionId(account, region, name)


def _version(version: Document) -> VersionRecord:
    logging = version["LoggingConfig"]
    return VersionRecord(
        version=version["Version"],
        runtime=version["Runtime"],
        handler=version["Handler"],
        code=_code(version["_code"]),
        layers=tuple(_code(code) for code in version.get("_layers", ())),
        timeout=version["Timeout"],
        memory_size=version["MemorySize"],
        ephemeral_storage=version["EphemeralStorage"]["Size"],
        environment=version.get("Environment", {}).get("Variables", {}),
        log_group=logging["LogGroup"],
        log_format=logging["LogFormat"],
        application_log_level=logging.get("ApplicationLogLevel", "INFO"),
        system_log_level=logging.get("SystemLogLevel", "INFO"),
        architecture=version["Architectures"][0],
    )


def _code(code: Document) -> Code:
    return Code(sha256=code.get("sha256", ""), directory=code.get("directory", ""))


def _alias(alias: Document) -> AliasRecord:
    return AliasRecord(alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))


def _event_invoke(config: Document) -> EventInvokeRecord:
    return EventInvokeRecord(
        most_retries=config.get("MaximumRetryAttempts", 2),
        most_age=config.get("MaximumEventAgeInSeconds", 21600),
        on_success=_function_destination(config, "OnSuccess"),
        on_failure=_function_destination(config, "OnFailure"),
    )


def _function_destination(config: Document, case: str) -> str | None:
    """Records go to functions alone; other destinations are only stored."""
    arn = config["DestinationConfig"].get(case, {}).get("Destination")
    return arn if arn and ":lambda:" in arn else None
