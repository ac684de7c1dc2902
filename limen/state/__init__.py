"""State that workers and nodes share: what is left of limits and quotas, what was used, cached responses.

One small interface, two backends: a process of this machine (embedded), or a Valkey or Redis server.
"""
