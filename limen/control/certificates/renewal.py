"""Makes a certificate of this server anew, under what it was known by."""

import logging

from limen.aws.arn import new_arn
from limen.aws.call import AwsCall
from limen.control.call import Call, ControlSettings
from limen.control.certificates.documents import STAND_IN, ends_at
from limen.control.certificates.issuing import new_key, put_stand_in
from limen.control.certificates.requests import renew
from limen.control.certificates.sweeper import RENEW_BEFORE
from limen.store.store import Store

log = logging.getLogger("limen.control")


def renew_stored(store: Store, settings: ControlSettings, noun: str, parent: str, key: str) -> None:
    """Does nothing where it is gone, or another node was first. A stand-in that was never made is made."""
    with store.transaction() as documents:
        document = documents.get(noun, parent, key)
        if document is None and noun != STAND_IN:
            return
        if document is not None and ends_at(document) - settings.clock.now() > RENEW_BEFORE:
            return
        if document is None or noun == STAND_IN:
            put_stand_in(documents, settings, key)
        else:
            account, region = parent.split("/")
            arn = str(new_arn("acm", region, account, f"certificate/{key}"))
            aws = AwsCall("acm", "RenewCertificate", {}, account, region, "", "")
            renew(Call(aws, documents, settings, settings.clock.text()), arn, new_key(document["KeyAlgorithm"]))
    log.info("a certificate for %s was issued", key if document is None else document["DomainName"])
