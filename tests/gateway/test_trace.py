"""What steps decided, in order."""

from limen.gateway.trace import Trace


def test_events_keep_their_order_and_values():
    trace = Trace()
    trace.note("routed", resource_path="/pets")
    trace.note("response", status=200)
    assert [(event.name, event.values) for event in trace.events] == [
        ("routed", {"resource_path": "/pets"}),
        ("response", {"status": 200}),
    ]
    assert 0 <= trace.events[0].seconds <= trace.events[1].seconds


def test_an_event_is_found_by_name():
    trace = Trace()
    trace.note("response", status=200)
    assert (trace.find("response"), trace.find("failed")) == ({"status": 200}, None)
