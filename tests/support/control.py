"""Calls operations on a store as the admin port does, each in a transaction of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from limen.aws.call import AwsCall
from limen.control.call import Call, ControlSettings
from limen.store.store import Store

SETTINGS = ControlSettings(account="123456789012", vpc_links=frozenset({"abc123"}))


class Control:
    def __init__(self, store: Store) -> None:
        self.store = store

    @contextmanager
    def call(self) -> Iterator[Call]:
        with self.store.transaction() as documents:
            aws = AwsCall("apigatewayv2", "ImportApi", {}, SETTINGS.account, "us-east-1", "AKIDEXAMPLE", "request")
            yield Call(aws=aws, documents=documents, settings=SETTINGS)

    def __call__(self, operation: Callable[[Call, dict[str, Any]], dict[str, Any]], **members: Any) -> dict[str, Any]:
        with self.call() as call:
            return operation(call, members)

    def documents(self, noun: str, parent: str) -> list[dict[str, Any]]:
        with self.store.reader() as reader:
            return [document for _, document in reader.list(noun, parent)]

    def api_ids(self) -> list[str]:
        return [api["apiId"] for api in self.documents("Api", f"{SETTINGS.account}/us-east-1")]
