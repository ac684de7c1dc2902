"""Stacks as they are kept: a document for each, and one for each of its resources."""

from typing import Any

from msgspec import Struct

from limen.aws.arn import new_arn
from limen.aws.ids import new_request_id
from limen.control.call import Call
from limen.control.stacks.kind import Made, Record
from limen.store.documents import Document
from limen.store.reader import Reader

NOUN, RESOURCE_NOUN = "Stack", "StackResource"


class Export(Struct, frozen=True):
    """An output that other stacks may import."""

    stack: str
    value: Any


def find_stack(call: Call, name: str) -> Document | None:
    return call.documents.get(NOUN, call.scope, name)


def new_stack(account: str, region: str, name: str) -> Document:
    """Not stored yet."""
    return {
        "stackName": name,
        "stackId": str(new_arn("cloudformation", region, account, f"stack/{name}/{new_request_id()}")),
        "_region": region,
        "_order": [],
        "_imports": [],
    }


def put_stack(call: Call, stack: Document) -> None:
    call.documents.put(NOUN, call.scope, stack["stackName"], stack)


def remove_stack(call: Call, stack: Document) -> None:
    call.documents.delete_children(resources_of(stack))
    call.documents.delete(NOUN, call.scope, stack["stackName"])


def resources_of(stack: Document) -> str:
    """The parent of the documents of a stack's resources."""
    return f"stack/{stack['stackId']}"


def read_records(reader: Reader, stack: Document) -> dict[str, Record]:
    """The resources of a stack in the order in which they were made."""
    found = {name: _read(name, document) for name, document in reader.list(RESOURCE_NOUN, resources_of(stack))}
    return {name: found[name] for name in stack["_order"] if name in found}


def put_record(call: Call, stack: Document, record: Record) -> None:
    document = {
        "logicalResourceId": record.name,
        "physicalResourceId": record.made.physical_id,
        "resourceType": record.type,
        "_attributes": record.made.attributes,
        "_document": record.made.document,
        "_properties": record.properties,
        "_retained": record.is_retained,
    }
    call.documents.put(RESOURCE_NOUN, resources_of(stack), record.name, document)


def remove_record(call: Call, stack: Document, name: str) -> None:
    call.documents.delete(RESOURCE_NOUN, resources_of(stack), name)


def exports_of(call: Call, *, without: str) -> dict[str, Export]:
    """By name, of the other stacks of this account and region."""
    return {
        output["exportName"]: Export(name, output["outputValue"])
        for name, stack in call.documents.list(NOUN, call.scope)
        if name != without
        for output in stack.get("outputs", ())
        if output.get("exportName")
    }


def find_importer(call: Call, export: str) -> str | None:
    """The name of a stack that imports this."""
    stacks = call.documents.list(NOUN, call.scope)
    return next((name for name, stack in stacks if export in stack["_imports"]), None)


def _read(name: str, document: Document) -> Record:
    place = document["_document"]
    made = Made(document["physicalResourceId"], document["_attributes"], tuple(place) if place else None)
    return Record(name, document["resourceType"], document["_properties"], made, document["_retained"])
