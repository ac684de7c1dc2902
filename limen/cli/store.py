"""`limen store export` and `limen store import`: the documents as a directory of files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limen.cli.failure import CommandError
from limen.cli.options import takes_settings
from limen.config import Settings
from limen.data_dir import DataDirectory

if TYPE_CHECKING:
    from limen.store import Store

store = typer.Typer(help="The documents of the store, as files.", no_args_is_help=True)

Directory = Annotated[Path, typer.Argument(metavar="DIRECTORY", help="The directory of files", file_okay=False)]


@store.command("export")
@takes_settings("data_dir", "store")
def export_documents(settings: Settings, directory: Directory) -> None:
    """Write all documents to JSON files. Versions that deployments need are among them."""
    from limen.store.files import export_store

    data = DataDirectory(settings.data_dir)
    if settings.store is None and not data.database.exists():
        raise CommandError(f"nothing was ever stored in {data.path}: start limen serve first, or give --data-dir")
    with _opened(settings, data) as opened:
        manifest = export_store(opened, directory)
    typer.echo(f"{sum(manifest.documents.values())} documents at revision {manifest.revision} in {directory}")


@store.command("import")
@takes_settings("data_dir", "store")
def import_documents(
    settings: Settings,
    directory: Directory,
    replace: Annotated[bool, typer.Option("--replace", help="Give up what the store holds now")] = False,
) -> None:
    """Fill the store from exported files. All of them or none; the server must be stopped."""
    from limen.store.files import import_store

    data = DataDirectory.open(settings.data_dir)
    with data.lock(), _opened(settings, data) as opened:
        manifest = import_store(opened, directory, replace)
    typer.echo(f"{sum(manifest.documents.values())} documents at revision {manifest.revision} from {directory}")


@contextmanager
def _opened(settings: Settings, data: DataDirectory) -> "Iterator[Store]":
    from limen.store import Store, StoreError

    try:
        opened = Store.open(settings.store or data.store_url)
        try:
            yield opened
        finally:
            opened.close()
    except StoreError as error:
        raise CommandError(str(error)) from error
