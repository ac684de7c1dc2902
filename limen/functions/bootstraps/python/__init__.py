"""Limen's Python runtime: Python 3.9 and newer, standard library only.

A cold start is mostly imports, so these modules import what a plain handler needs and no more: `logging`, `traceback`
and `json` cost 10 to 25 ms each and wait until something asks for them.
"""
