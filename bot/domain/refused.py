"""A wish that cannot be granted."""


class Refused(Exception):
    """A person may not do this now. The text is shown to them: what failed, why, and what to do."""
