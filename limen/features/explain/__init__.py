"""Explain: what each step of the last requests decided, kept for whoever asks.

watch: whether somebody looks at a stage, and the ring of what they see. record: what runs after an exchange. entry: a
trace as JSON, cut and with secrets masked.
"""
