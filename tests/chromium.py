"""Where Chromium is, for the tests that look at pages."""

import shutil
from pathlib import Path

ADVICE = "Chromium is missing: apt-get install chromium"


def find_chromium() -> Path | None:
    """Debian's Chromium, or a Chrome that the machine already has; None when there is neither."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((Path(found) for name in names if (found := shutil.which(name))), None)
