"""Spektrix over HTTP: signing, a short fixed list of calls, typed answers, one error tree.

Nothing here knows Flask, the database or a guest.
"""
