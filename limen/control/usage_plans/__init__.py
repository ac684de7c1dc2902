"""API keys and usage plans beside the operations on them: how values are kept, what workers and reports are told.

**value**: what a client sends as its key; stored as a **digest**, by which it is found, and **sealed**, to be shown.
**record**: a key or a plan as the gateway workers know it (limen.features.usage_plans.records).
"""
