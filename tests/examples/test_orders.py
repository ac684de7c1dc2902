"""The backend of examples/orders, as its README calls it."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.limen_process import free_port, wait_until

BACKEND = Path(__file__).parents[2] / "examples" / "orders" / "backend.py"


@pytest.fixture
def port() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, BACKEND, "--port", str(port)])
    wait_until(lambda: answers(port), 10, lambda: "the backend does not answer")
    yield port
    process.terminate()
    process.wait(timeout=5)


def answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/health")[0] == 200
    except OSError:
        return False


def ask(port: int, method: str, path: str, content: object = None) -> tuple[int, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, body=None if content is None else json.dumps(content))
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, json.loads(body) if body else None


def test_the_order_of_the_readme_is_there(port: int) -> None:
    assert ask(port, "GET", "/orders/42") == (200, {"id": "42", "item": "towel", "quantity": 1, "status": "open"})


def test_an_order_lives_from_post_to_delete(port: int) -> None:
    assert ask(port, "POST", "/orders", {"item": "desk", "quantity": 1})[0] == 201
    assert ask(port, "PUT", "/orders/44", {"item": "desk", "quantity": 2})[1]["quantity"] == 2  # type: ignore[index]
    assert ask(port, "DELETE", "/orders/44") == (204, None)
    assert ask(port, "GET", "/orders/44")[0] == 404


def test_what_is_no_order_is_refused(port: int) -> None:
    assert ask(port, "POST", "/orders", {"item": "desk"})[0] == 400
