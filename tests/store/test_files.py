"""Export and import: everything survives, the files are readable and stable, a broken one changes nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from limen.store import Store, StoreError
from limen.store.files import export_store, import_store


def fill(store: Store) -> None:
    with store.transaction() as tx:
        tx.put("Api", "000000000000/us-east-1", "a1", {"name": "orders", "zeta": 1, "alpha": "ü"})
        for key in ("r2", "r1"):
            tx.put("Route", "a1", key, {"routeKey": f"GET /{key}"})
        tx.put("Stage", "a1", "$default", {})
        tx.put("Stage", "a1", "Prod", {"n": 1})
        tx.put("Stage", "a1", "prod", {"n": 2})
        tx.put("Deployment", "a1", "d1", {"_revision": tx.revision})
        tx.put("DomainName", "..", "." + "x" * 300, {})
    with store.transaction() as tx:
        tx.put("Route", "a1", "r1", {"routeKey": "POST /r1"})
        tx.delete("Route", "a1", "r2")


def content(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*.json")}


def test_everything_survives_with_the_history_that_deployments_need(store: Store, tmp_path: Path) -> None:
    fill(store)
    export_store(store, tmp_path / "export")
    other = Store.open("sqlite://")
    import_store(other, tmp_path / "export")
    with store.reader() as before, other.reader() as after:
        assert after.revision == before.revision == 2
        for revision in (1, 2):
            assert after.at(revision).list("Route", "a1") == before.at(revision).list("Route", "a1")
        assert after.list("Stage", "a1") == before.list("Stage", "a1")
        assert after.changes("a1", 1, 2) == before.changes("a1", 1, 2)
        assert list(after.get("Api", "000000000000/us-east-1", "a1") or {}) == ["name", "zeta", "alpha"]
    export_store(other, tmp_path / "again")
    assert content(tmp_path / "again") == content(tmp_path / "export")


def test_files_read_well_and_stay_below_the_directory(store: Store, tmp_path: Path) -> None:
    fill(store)
    export_store(store, tmp_path / "export")
    assert (tmp_path / "export/Api/000000000000%2Fus-east-1/a1.json").read_text("utf-8") == (
        "{\n"
        '  "noun": "Api",\n'
        '  "parent": "000000000000/us-east-1",\n'
        '  "key": "a1",\n'
        '  "versions": [\n'
        "    {\n"
        '      "from_revision": 1,\n'
        '      "to_revision": null,\n'
        '      "created": [\n        1,\n        0\n      ],\n'
        '      "document": {\n        "name": "orders",\n        "zeta": 1,\n        "alpha": "ü"\n      }\n'
        "    }\n"
        "  ]\n"
        "}\n"
    )
    assert [path.name for path in tmp_path.rglob("*.json") if "export" not in path.parts] == []
    stages = sorted(path.name for path in (tmp_path / "export/Stage/a1").iterdir())
    assert stages == ["$default.json", "%50rod.json", "prod.json"]  # also where file systems ignore case


def test_exporting_again_takes_away_what_is_gone_and_nothing_else(store: Store, tmp_path: Path) -> None:
    directory = tmp_path / "export"
    fill(store)
    export_store(store, directory)
    (directory / "README").write_text("mine")
    store.prune({}, until=2)
    export_store(store, directory)
    assert not (directory / "Route/a1/r2.json").exists()
    assert (directory / "Route/a1/r1.json").exists()
    assert (directory / "README").read_text() == "mine"


def test_a_directory_of_something_else_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("chapter 1")
    with pytest.raises(StoreError, match="not an export"):
        export_store(store, tmp_path)
    with pytest.raises(StoreError, match=r"store\.json: No such file"):
        import_store(store, tmp_path)


def test_a_store_with_documents_is_replaced_only_when_asked(store: Store, tmp_path: Path) -> None:
    fill(store)
    export_store(store, tmp_path / "export")
    for _ in range(3):
        with store.transaction() as tx:
            tx.put("Route", "a1", "r9", {"n": tx.revision})
    with pytest.raises(StoreError, match="is not empty; --replace"):
        import_store(store, tmp_path / "export")
    import_store(store, tmp_path / "export", replace=True)
    with store.reader() as reader:
        assert [key for key, _ in reader.list("Route", "a1")] == ["r1"]
        assert reader.revision == 5  # never back
    with store.transaction() as tx:
        tx.put("Route", "a1", "r1", {"n": 9})
    with store.reader() as reader:
        assert reader.at(5).get("Route", "a1", "r1") == {"routeKey": "POST /r1"}


def rewrite(path: Path, change: Callable[[dict], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


BREAKS: dict[str, Callable[[Path], object]] = {
    r"r1\.json: Input data was truncated": lambda d: (d / "Route/a1/r1.json").write_text('{"noun": '),
    r"r1\.json: Expected `int`, got `str` - at `\$\.versions\[0\]\.from_revision`": lambda d: rewrite(
        d / "Route/a1/r1.json", lambda o: o["versions"][0].update(from_revision="1")
    ),
    r"r1\.json: version 1 cannot begin at revision 1": lambda d: rewrite(
        d / "Route/a1/r1.json", lambda o: o["versions"][1].update(from_revision=1)
    ),
    r"r1\.json: version 0 cannot end at revision None": lambda d: rewrite(
        d / "Route/a1/r1.json", lambda o: o["versions"][0].update(to_revision=None)
    ),
    r"r1\.json: version 1 cannot end at revision 77": lambda d: rewrite(
        d / "Route/a1/r1.json", lambda o: o["versions"][1].update(to_revision=77)
    ),
    r"Route holds 1 documents; store\.json says 2": lambda d: (d / "Route/a1/r2.json").unlink(),
    r"twice there": lambda d: rewrite(d / "Route/a1/r2.json", lambda o: o.update(key="r1")),
    r"not a Stage": lambda d: rewrite(d / "Stage/a1/prod.json", lambda o: o.update(noun="Route")),
    r"no versions": lambda d: rewrite(d / "Route/a1/r2.json", lambda o: o.update(versions=[])),
    r"store\.json: format 2": lambda d: rewrite(d / "store.json", lambda o: o.update(format=2)),
    r"store\.json: No such file": lambda d: (d / "store.json").unlink(),
}


@pytest.mark.parametrize("message", BREAKS)
def test_a_broken_file_changes_nothing(message: str, tmp_path: Path) -> None:
    store = Store.open("sqlite://")
    fill(store)
    export_store(store, tmp_path)
    BREAKS[message](tmp_path)
    with pytest.raises(StoreError, match=message):
        import_store(store, tmp_path, replace=True)
    with store.reader() as reader:
        assert reader.get("Route", "a1", "r1") == {"routeKey": "POST /r1"}
        assert reader.at(1).count("Route", "a1") == 2
