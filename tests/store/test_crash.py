"""A writer that is killed at any point leaves whole commits behind and nothing else."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from limen.store import Store

WRITER = """
import sys
from limen.store import Store

store = Store.open(sys.argv[1])
store.on_commit(lambda revision: print(revision, flush=True))
while True:
    with store.transaction() as tx:
        for key in "abcdefgh":
            tx.put("Part", "whole", key, {"revision": tx.revision})
        tx.put("Once", "whole", str(tx.revision), {"padding": "x" * 3000})
        if tx.revision > 5:
            tx.delete("Once", "whole", str(tx.revision - 5))
"""


def test_a_killed_writer_leaves_whole_commits(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/limen.db"
    chance = random.Random(7)
    last = 0
    for _ in range(8):
        last = check(url, kill_a_writer(url, chance.uniform(0.001, 0.15)), last)
    assert last > 20


def kill_a_writer(url: str, after_first_commit: float) -> int:
    """The last revision that the writer saw committed."""
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        announced = [writer.stdout.readline()]
        time.sleep(after_first_commit)
        writer.send_signal(signal.SIGKILL)
        announced += [line for line in writer.stdout if line.endswith("\n")]
        return int(announced[-1])


def check(url: str, announced: int, before: int) -> int:
    store = Store.open(url)
    with store.reader() as reader:
        revision = reader.revision
        assert announced <= revision <= announced + 1  # what was announced is there
        assert revision > before
        for seen in range(max(before, 1), revision + 1):
            parts = reader.at(seen).list("Part", "whole")
            assert [document for _, document in parts] == [{"revision": seen}] * 8
            assert [key for key, _ in reader.at(seen).list("Once", "whole")] == [
                str(number) for number in range(max(1, seen - 4), seen + 1)
            ]
    store.close()
    return revision
