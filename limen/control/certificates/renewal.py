"""Makes a certificate of this server anew, under what it was known by."""

import logging

from limen.aws.arn import new_arn
from limen.aws.call import AwsCall
from limen.control.call import Call, ControlSettings
from limen.control.certificates.documents import (
    CERTIFICATE,
    EVERYWHERE,
    STAND_IN,
    ends_at,
    stand_in_seal,
)
from limen.control.certificates.issuing import ELLIPTIC, issue, new_key
from limen.control.certificates.requests import renew
from limen.control.certificates.sweeper import RENEW_BEFORE
from limen.store.store import Store

log = logging.getLogger("limen.control")


def renew_stored(store: Store, settings: ControlSettings, noun: str, parent: str, key: str) -> None:
    """Does nothing where it is gone, or another node was first."""
    with store.transaction() as documents:
        document = documents.get(noun, parent, key)
        if document is None or ends_at(document) - settings.clock.now() > RENEW_BEFORE:
            return
        if noun == STAND_IN:
            issued = issue(documents, settings, [key], new_key(ELLIPTIC), stand_in_seal(key))
            documents.put(STAND_IN, EVERYWHERE, key, document | issued)
        elif noun == CERTIFICATE:
            account, region = parent.split("/")
            arn = str(new_arn("acm", region, account, f"certificate/{key}"))
            aws = AwsCall("acm", "RenewCertificate", {}, account, region, "", "")
            renew(Call(aws, documents, settings, settings.clock.text()), arn, new_key(document["KeyAlgorithm"]))
    log.info("the certificate for %s was renewed", document["DomainName"])
