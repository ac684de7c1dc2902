"""Truststores of mutual TLS: named by a domain name, read from a bucket, and kept beside it with what is served.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
"""

import re
from typing import Any

from msgspec import Struct

from limen.aws.errors import bad_request
from limen.control.call import Call, ControlSettings
from limen.control.documents import given
from limen.control.domains.documents import MUTUAL_TLS, TRUSTSTORE, TRUSTSTORE_KEY, Place, mappings_of
from limen.control.objects import ObjectError
from limen.features.domain_names.truststore import LARGEST, TruststoreError, read_truststore
from limen.store.documents import Document

_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>\S+)")
_NAMES = ("truststoreUri", "truststoreVersion")


class ReadContent(Struct, frozen=True):
    """A truststore as it was read."""

    place: Place
    content: str
    version: str | None
    """Of the object; None in a bucket without versions."""
    warnings: list[str]


def change_truststore(domain: Document, wanted: dict[str, Any]) -> None:
    """Merges `wanted` into a domain name. An empty URI turns mutual TLS off; another URI than before leaves the
    version behind, which was one of the other object.
    """
    before = domain.get(MUTUAL_TLS, {})
    asked = given(wanted, _NAMES)
    changed = {**given(before, _NAMES), **asked}
    if asked.get("truststoreUri") == "" or not any(changed.values()):
        domain.pop(MUTUAL_TLS, None)
        return
    uri = changed.get("truststoreUri")
    if not uri:
        raise bad_request("A truststoreVersion needs a truststoreUri")
    if not _URI.fullmatch(uri):
        raise bad_request(f"Invalid truststore URI: {uri}. It must have the form s3://bucket-name/key-name")
    if before and uri != before["truststoreUri"] and "truststoreVersion" not in asked:
        changed.pop("truststoreVersion", None)
    kept = given(before, ("truststoreWarnings",))
    domain[MUTUAL_TLS] = {name: value for name, value in changed.items() if value} | kept


def is_kept(call: Call, domain: Document) -> bool:
    """Whether there is a content; domain names may be older than what reads it."""
    return call.documents.get(TRUSTSTORE, mappings_of(domain["domainName"]), TRUSTSTORE_KEY) is not None


def read_content(settings: ControlSettings, place: Place) -> ReadContent:
    """Waits for the network; raises AwsError."""
    form = _URI.fullmatch(place.uri)
    assert form is not None
    if settings.objects is None:
        raise bad_request(f"The truststore {place.uri} cannot be read: this process reads no objects")
    try:
        found = settings.objects.read(form["bucket"], form["key"], place.version, LARGEST)
        content = found.content.decode("utf-8", "replace")  # what is around certificates may be in any encoding
        truststore = read_truststore(content)
    except ObjectError as error:
        raise bad_request(f"The truststore {place.uri} cannot be read: {error}") from None
    except TruststoreError as error:
        raise bad_request(f"{place.uri} is no truststore: {error}") from None
    return ReadContent(place, content, found.version, truststore.warnings(settings.clock.now()))


def keep_content(call: Call, domain: Document, read: ReadContent) -> None:
    """Beside the domain name, which stays light; the warnings become part of it, in place."""
    domain[MUTUAL_TLS].pop("truststoreWarnings", None)
    if read.warnings:
        domain[MUTUAL_TLS]["truststoreWarnings"] = read.warnings
    kept = {"content": read.content, "uri": read.place.uri, "version": read.version}
    call.documents.put(TRUSTSTORE, mappings_of(domain["domainName"]), TRUSTSTORE_KEY, kept)


def forget_content(call: Call, domain: Document) -> None:
    call.documents.delete(TRUSTSTORE, mappings_of(domain["domainName"]), TRUSTSTORE_KEY)
