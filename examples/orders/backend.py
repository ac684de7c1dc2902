"""The backend of the orders API: a few orders in memory, nothing but the standard library."""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Order = dict[str, Any]


class Orders:
    """The shop's orders by id; safe to use from several threads."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.by_id: dict[str, Order] = {
            "41": {"id": "41", "item": "lamp", "quantity": 2, "status": "shipped"},
            "42": {"id": "42", "item": "towel", "quantity": 1, "status": "open"},
            "43": {"id": "43", "item": "chair", "quantity": 4, "status": "open"},
        }
        self.new_ids = count(44)

    def list(self, status: str | None) -> list[Order]:
        with self.lock:
            return [order for order in self.by_id.values() if status in (None, order["status"])]

    def get(self, order_id: str) -> Order | None:
        with self.lock:
            return self.by_id.get(order_id)

    def create(self, fields: Order) -> Order:
        return self.put(str(next(self.new_ids)), fields)

    def put(self, order_id: str, fields: Order) -> Order:
        order = {"status": "open", **fields, "id": order_id}
        with self.lock:
            self.by_id[order_id] = order
        return order

    def delete(self, order_id: str) -> bool:
        with self.lock:
            return self.by_id.pop(order_id, None) is not None


class Server(ThreadingHTTPServer):
    """A thread for each connection that the gateway keeps open."""

    daemon_threads = True
    request_queue_size = 128


class Handler(BaseHTTPRequestHandler):
    """One connection; `orders` is set by `serve`."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    orders: Orders

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        match parts.path.strip("/").split("/"):
            case ["health"]:
                self.answer(200, {"status": "up"})
            case ["orders"]:
                found = self.orders.list(parse_qs(parts.query).get("status", [None])[0])
                self.answer(200, found, {"x-order-count": str(len(found))})
            case ["orders", order_id]:
                self.answer_order(self.orders.get(unquote(order_id)))
            case _:
                self.answer(404, {"message": "no such page"})

    def do_POST(self) -> None:
        fields = self.read_order()
        if fields is not None and urlsplit(self.path).path == "/orders":
            order = self.orders.create(fields)
            self.answer(201, order, {"location": f"/orders/{order['id']}"})
        elif fields is not None:
            self.answer(404, {"message": "orders are created with POST /orders"})

    def do_PUT(self) -> None:
        fields = self.read_order()
        if fields is not None:
            self.answer_order(self.orders.put(self.order_id(), fields))

    def do_DELETE(self) -> None:
        if self.orders.delete(self.order_id()):
            self.answer(204, None)
        else:
            self.answer_order(None)

    def order_id(self) -> str:
        return unquote(urlsplit(self.path).path.removeprefix("/orders/"))

    def read_order(self) -> Order | None:
        """The order in the body; None where there is none, and then the client has been told."""
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        try:
            fields = json.loads(body)
        except ValueError:
            fields = None
        if not isinstance(fields, dict) or not {"item", "quantity"} <= fields.keys():
            self.answer(400, {"message": "an order is a JSON object with item and quantity"})
            return None
        return fields

    def answer_order(self, order: Order | None) -> None:
        if order is None:
            self.answer(404, {"message": "there is no such order"})
        else:
            self.answer(200, order)

    def answer(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if content is not None:
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The gateway writes the access log."""


def serve(host: str, port: int) -> None:
    Handler.orders = Orders()
    try:
        server = Server((host, port), Handler)
    except OSError as error:
        raise SystemExit(f"the backend cannot listen on {host}:{port}: {error.strerror}") from None
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9001)
    options = parser.parse_args()
    serve(options.host, options.port)
