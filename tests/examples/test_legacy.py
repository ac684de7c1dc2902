"""The example of an XML backend, as its README calls it: the backend by itself, and the file that fronts it."""

import http.client
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.control.coverage import check_file
from tests.support.limen_process import free_port, wait_until

EXAMPLE = Path(__file__).parents[2] / "examples" / "legacy"


@pytest.fixture
def port() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, EXAMPLE / "backend.py", "--port", str(port)])
    wait_until(lambda: answers(port), 10, lambda: "the backend does not answer")
    yield port
    process.terminate()
    process.wait(timeout=5)


def answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/billing/list")[0] == 200
    except OSError:
        return False


def ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, body)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text.partition("?>\n")[2]


def test_the_file_is_served_whole() -> None:
    report = check_file(EXAMPLE / "legacy.yaml")

    assert (report.api_type, report.errors, report.is_refused) == ("rest", [], False)


def test_the_backend_keeps_invoices_in_xml(port: int) -> None:
    line = '<line amount="2.50">Gears</line>'
    status, made = ask(port, "POST", "/billing/invoice", f"<invoice><customer>A</customer>{line}{line}</invoice>")

    assert (status, ask(port, "GET", "/billing/invoice?number=9")) == (201, (200, made))
    assert '<total currency="EUR">5.00</total>' in made
    assert made in ask(port, "GET", "/billing/list?customer=A")[1]


def test_the_backend_has_faults(port: int) -> None:
    assert ask(port, "GET", "/billing/invoice?number=1") == (404, '<fault code="E404">no such invoice</fault>')
    assert ask(port, "POST", "/billing/invoice", "<invoice>")[0] == 400
    assert ask(port, "GET", "/other")[0] == 404
