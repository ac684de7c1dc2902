"""Ribs: what an API can be configured to do to a request, one module or folder each.

Each has the same parts in the same order: settings, what is configured; compile_..., what it becomes; a step or a
record, what it does; a class owned by the worker, what it remembers beyond one plan.
"""
