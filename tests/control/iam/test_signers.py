"""Who may sign requests to APIs, as the gateway workers are told."""

from limen.aws.identities import SESSIONS, Identities, KeyRecord, root_record
from limen.aws.sealing import Seal
from limen.control.iam.identities import SECRETS
from limen.control.iam.signers import ApiSigners
from limen.store.store import Store

ACCOUNT = "000000000000"
KEY = b"k" * 32
"""Of the tests alone."""


def test_the_account_itself_is_told_with_all_and_counted_always(tmp_path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    administrator = root_record(ACCOUNT, [KeyRecord("AKIDADMIN", "x")])
    signers = ApiSigners(administrator, Seal(KEY, SECRETS), Seal(KEY, SESSIONS))
    try:
        with store.reader() as reader:
            whole = signers.changes(reader, None)
            later = signers.changes(reader, reader.revision)
    finally:
        store.close()

    identities = Identities()
    assert whole.is_whole and identities.apply(whole)
    assert identities.find("AKIDADMIN", None, 0.0).principal.is_root
    assert (later.records, later.total) == ([], 1) and identities.apply(later)
    assert signers.session_key == Seal(KEY, SESSIONS).key
