"""Words of files that are deployed, be they OpenAPI documents or templates: what is asked, and what came of it."""

from pathlib import Path

from msgspec import Struct

from limen.store.store import Store

NOUN, PARENT = "File", "files"
"""Which API a file has: keyed by its real path."""


class FileOptions(Struct, frozen=True):
    """The options of `limen serve` that concern its files."""

    api_type: str | None = None  # http or rest; None: the file decides
    stage: str | None = None
    allow_stored: bool = False
    region: str = "us-east-1"


class Deployed(Struct, frozen=True):
    api_id: str
    name: str
    stage: str
    url: str
    has_changes: bool
    lines: list[str]  # for people: what is enforced, stored and refused; warnings; edits that were replaced


class FileRefusedError(Exception):
    """The file is not served; what was served before stays. `lines` say why, with line and column."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.path = path
        self.lines = lines


def find_api_of_file(store: Store, path: Path) -> str | None:
    """The id of the API that the file was deployed to last; of a template the first one."""
    with store.reader() as reader:
        record = reader.get(NOUN, PARENT, str(path.resolve()))
    return record.get("apiId") if record else None


def stays_as_it_was(path: Path) -> str:
    return f"{path.name} is not deployed; what was served before stays"
