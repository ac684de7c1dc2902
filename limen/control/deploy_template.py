"""What `limen serve TEMPLATE` does: keeps a stack what its file says, with the directories of code as they are."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from limen.control.call import Call, ControlSettings
from limen.control.deployed import NOUN as FILE_NOUN
from limen.control.deployed import PARENT as FILES
from limen.control.deployed import Deployed, FileOptions, FileRefusedError
from limen.control.overview import Endpoints
from limen.control.stacks.deploy import StackRefusedError, Target, deploy
from limen.control.stacks.engine import Change
from limen.control.stacks.outputs import output_lines
from limen.control.stacks.prepare import UnreadableError, read_file, stack_name
from limen.control.stacks.records import NOUN, put_stack, read_records
from limen.store.store import Store

API_TYPES = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
STAGE_TYPES = ("AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage")


def deploy_template(
    store: Store, settings: ControlSettings, path: Path, options: FileOptions, parameters: Mapping[str, str]
) -> Deployed:
    """Makes the file's stack what the file says, in one transaction; raises FileRefusedError and changes nothing."""
    target = Target(_stack_name(store, settings, path, options.region), options.region, options.allow_stored)
    first: list[tuple[str | None, str | None]] = []

    def claim(call: Call, change: Change) -> None:
        real = str(path.resolve())
        put_stack(call, change.stack | {"_file": real})
        first.append(_first_stage(call, change))
        record = {"stack": target.name, "scope": call.scope, "apiId": first[0][0]}
        call.documents.put(FILE_NOUN, FILES, real, record)

    try:
        written, files = read_file(path, is_live=True)
        done = deploy(store, settings, target, written, parameters, files.packages.get, claim)
    except UnreadableError as error:
        raise FileRefusedError(path, [f"{path}:{error.line}:{error.column}: {error.message}"]) from None
    except StackRefusedError as error:
        raise FileRefusedError(path, error.lines) from None
    [(api_id, stage)] = first
    endpoints = Endpoints(settings.suffix, settings.port)
    url = endpoints.of_stage(api_id, options.region, stage) if api_id and stage else f"stack {target.name}"
    lines = [*done.lines, *output_lines(done.stack["outputs"])]
    return Deployed(api_id or "", target.name, stage or "", url, done.has_changes, lines)


def _first_stage(call: Call, change: Change) -> tuple[str | None, str | None]:
    """Ids of the first API of a stack and of its first stage, which is the one that a person is told of."""
    records = read_records(call.documents, change.stack).values()
    api_id = next((record.made.physical_id for record in records if record.type in API_TYPES), None)
    stages = call.documents.list("Stage", api_id) if api_id else []
    of_stack = [record.made.document[2] for record in records if record.type in STAGE_TYPES and record.made.document]
    names = [name for name, _ in stages]
    return api_id, next((name for name in of_stack if name in names), names[0] if names else None)


def _stack_name(store: Store, settings: ControlSettings, path: Path, region: str) -> str:
    """By the name of the file; one that another file has already gets an ending that tells them apart."""
    real = path.resolve()
    name = stack_name(path)
    with store.reader() as reader:
        stack = reader.get(NOUN, f"{settings.account}/{region}", name)
    if stack is None or stack.get("_file") in (None, str(real)):
        return name
    return f"{name}-{hashlib.sha256(str(real).encode()).hexdigest()[:6]}"
