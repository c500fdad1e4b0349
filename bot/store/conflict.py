"""Somebody else was faster: the transaction is rolled back and its work run again."""


class Conflict(Exception):
    """What was decided on has changed meanwhile; the store runs the work again."""
