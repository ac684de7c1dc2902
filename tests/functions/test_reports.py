"""The lines of Lambda in a function's log, as AWS writes them."""

import json
from typing import Any

from limen.functions.reports import ERROR, SUCCESS, TIMEOUT, Reports


def reports(log_format: str = "Text", level: str = "INFO") -> Reports:
    return Reports(log_format=log_format, system_log_level=level, version="7", memory_size=512)


def end(of: Reports, **how: Any) -> tuple[str, str]:
    how = {"init_ms": None, "status": SUCCESS, "error_type": "", "is_fatal": False, **how}
    return of.end("id", 1.234, 40, **how)


def test_text() -> None:
    assert reports().start("id") == "START RequestId: id Version: 7\n"
    report = (
        "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB\tMax Memory Used: 40 MB\t"
    )
    assert end(reports()) == ("END RequestId: id\n", f"{report}\n")
    assert end(reports(), init_ms=85.123)[1] == f"{report}Init Duration: 85.12 ms\t\n"
    assert end(reports(), status=ERROR, error_type="ValueError")[1] == f"{report}\n"
    assert end(reports(), status=TIMEOUT, is_fatal=True)[1] == f"{report}Status: timeout\n"
    crash = end(reports(), status=ERROR, error_type="Runtime.ExitError", is_fatal=True)[1]
    assert crash == f"{report}Status: error\tError Type: Runtime.ExitError\n"
    assert reports().init_failed(10.5, "init", TIMEOUT, "") == (
        "INIT_REPORT Init Duration: 10.50 ms\tPhase: init\tStatus: timeout\n"
    )


def test_json_has_events_by_level() -> None:
    start = json.loads(reports("JSON").start("id"))
    assert (start["type"], start["record"]) == ("platform.start", {"requestId": "id", "version": "7"})
    done, report = end(reports("JSON"), init_ms=85.1234)
    assert done == ""
    assert json.loads(report)["record"] == {
        "requestId": "id",
        "metrics": {
            "durationMs": 1.234,
            "billedDurationMs": 2,
            "memorySizeMB": 512,
            "maxMemoryUsedMB": 40,
            "initDurationMs": 85.123,
        },
        "status": "success",
    }
    assert json.loads(end(reports("JSON", "DEBUG"))[0])["type"] == "platform.runtimeDone"


def test_json_tells_failures_at_the_highest_level() -> None:
    quiet = reports("JSON", "WARN")
    assert quiet.start("id") == ""
    assert end(quiet) == ("", "")
    done, report = end(quiet, status=ERROR, error_type="Runtime.ExitError", is_fatal=True)
    assert json.loads(done)["record"]["errorType"] == "Runtime.ExitError"
    assert json.loads(report)["record"]["status"] == "error"
    assert json.loads(quiet.init_failed(1, "init", ERROR, "X"))["record"]["phase"] == "init"


def test_only_text_has_words_for_what_went_wrong() -> None:
    assert reports().timed_out("id", 3).endswith("Z id Task timed out after 3.00 seconds\n")
    assert reports().crashed("RequestId: id Error: x", "Runtime.ExitError") == (
        "RequestId: id Error: x\nRuntime.ExitError\n"
    )
    assert reports("JSON").timed_out("id", 3) == reports("JSON").crashed("x", "y") == ""
