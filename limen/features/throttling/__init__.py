"""Throttling and quotas as a worker applies them.

**bucket**: what this worker has in hand of one limit: tokens that it leased and may spend without asking. **limits**:
the buckets that a call takes one token from each, in the order in which they are looked at. **leasing**: the talk with
the authority (limen.state) that fills buckets and gives back what idles. **admission**: the step that takes from all
buckets or from none. **loss**: what holds while the authority is away. A call that is refused takes nothing.
"""
