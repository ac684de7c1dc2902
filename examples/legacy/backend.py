"""The backend of the invoices API: a billing system that speaks XML alone, as systems of its age do."""

import argparse
import xml.etree.ElementTree as ET
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock
from urllib.parse import parse_qs, urlsplit

MOST_BYTES = 1 << 20


class Billing:
    """Invoices by number; safe to use from several threads."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.numbers = count(7)
        self.by_number: dict[str, ET.Element] = {}
        self.book(
            "Ada Lovelace", "EUR", [("Analytical engine, 1 hour", Decimal("120.00")), ("Punch cards", Decimal("8.50"))]
        )
        self.book("Grace Hopper", "USD", [("Compiler", Decimal("99.99"))])

    def find(self, customer: str | None) -> list[ET.Element]:
        with self.lock:
            return [item for item in self.by_number.values() if customer in (None, item.findtext("customer"))]

    def get(self, number: str) -> ET.Element | None:
        with self.lock:
            return self.by_number.get(number)

    def book(self, customer: str, currency: str, lines: list[tuple[str, Decimal]]) -> ET.Element:
        """A new invoice with the sum of its lines."""
        with self.lock:
            number = str(next(self.numbers))
            invoice = ET.Element("invoice", number=number)
            ET.SubElement(invoice, "customer").text = customer
            listed = ET.SubElement(invoice, "lines")
            for text, amount in lines:
                ET.SubElement(listed, "line", amount=str(amount)).text = text
            total = sum((amount for _, amount in lines), Decimal(0))
            ET.SubElement(invoice, "total", currency=currency).text = str(total)
            self.by_number[number] = invoice
            return invoice


class Server(ThreadingHTTPServer):
    """A thread for each connection that the gateway keeps open."""

    daemon_threads = True
    request_queue_size = 128


class Handler(BaseHTTPRequestHandler):
    """One connection; `billing` is set by `serve`."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    billing: Billing

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path == "/billing/list":
            invoices = ET.Element("invoices")
            invoices.extend(self.billing.find(query.get("customer", [None])[0]))
            self.answer(200, invoices)
        elif parts.path == "/billing/invoice":
            invoice = self.billing.get(query.get("number", [""])[0])
            self.answer(200, invoice) if invoice is not None else self.fail(404, "E404", "no such invoice")
        else:
            self.fail(404, "E000", "no such page")

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length", "0")), MOST_BYTES))
        if urlsplit(self.path).path != "/billing/invoice":
            self.fail(404, "E000", "no such page")
            return
        try:
            sent = ET.fromstring(body)
            lines = [(line.text or "", Decimal(line.get("amount", ""))) for line in sent.iter("line")]
        except (ET.ParseError, InvalidOperation):
            self.fail(400, "E400", "an invoice has lines with an amount")
            return
        customer = sent.findtext("customer", "")
        if customer == "Charles Babbage":
            self.fail(500, "E500", "this customer always owes: ask the <accountant>")
            return
        self.answer(201, self.billing.book(customer, sent.get("currency", "EUR"), lines))

    def fail(self, status: int, code: str, text: str) -> None:
        fault = ET.Element("fault", code=code)
        fault.text = text
        self.answer(status, fault)

    def answer(self, status: int, content: ET.Element) -> None:
        body = ET.tostring(content, encoding="utf-8", xml_declaration=True)
        self.send_response(status)
        self.send_header("content-type", "text/xml; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The gateway writes the access log."""


def serve(host: str, port: int) -> None:
    Handler.billing = Billing()
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
    parser.add_argument("--port", type=int, default=9002)
    options = parser.parse_args()
    serve(options.host, options.port)
