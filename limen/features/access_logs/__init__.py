"""Access logs: one line for each exchange, in the format of its stage, to the log group that the stage names.

settings: what a stage configures. format: from the text of a format to a function. record: what runs after an
exchange. writer: where lines go, off the event loop.
"""
