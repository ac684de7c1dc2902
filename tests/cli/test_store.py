"""`limen store export` and `limen store import`."""

from pathlib import Path

from limen.data_dir import DataDirectory
from limen.store import Store
from tests.cli.conftest import Limen


def fill(directory: Path) -> None:
    store = Store.open(DataDirectory.open(directory).store_url)
    with store.transaction() as tx:
        tx.put("Api", "000000000000/us-east-1", "a1", {"name": "orders"})
    store.close()


def test_documents_move_from_one_directory_to_another(limen: Limen, tmp_path: Path) -> None:
    fill(tmp_path / "one")
    exported = limen("store", "export", "files", "--data-dir", "one")
    assert (exported.code, exported.out) == (0, "1 documents at revision 1 in files\n")
    imported = limen("store", "import", "files", "--data-dir", "two")
    assert (imported.code, imported.out) == (0, "1 documents at revision 1 from files\n")
    store = Store.open(DataDirectory(tmp_path / "two").store_url)
    with store.reader() as reader:
        assert reader.get("Api", "000000000000/us-east-1", "a1") == {"name": "orders"}
    store.close()


def test_what_is_there_is_replaced_only_when_asked(limen: Limen, tmp_path: Path) -> None:
    fill(tmp_path / "one")
    limen("store", "export", "files", "--data-dir", "one")
    refused = limen("store", "import", "files", "--data-dir", "one")
    assert refused.code == 1
    assert "is not empty; --replace gives up what it holds" in refused.err
    assert limen("store", "import", "files", "--data-dir", "one", "--replace").code == 0


def test_a_running_server_is_not_overwritten(limen: Limen, tmp_path: Path) -> None:
    fill(tmp_path / "one")
    limen("store", "export", "files", "--data-dir", "one")
    with DataDirectory(tmp_path / "one").lock():
        refused = limen("store", "import", "files", "--data-dir", "one", "--replace")
    assert refused.code == 1
    assert "in use by another limen" in refused.err


def test_nothing_to_export(limen: Limen, tmp_path: Path) -> None:
    ended = limen("store", "export", "files")
    assert ended.code == 1
    assert ended.err.startswith("limen: nothing was ever stored in .limen")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_directory_is_wrong_usage(limen: Limen, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("")
    assert limen("store", "export", "files").code == 2
