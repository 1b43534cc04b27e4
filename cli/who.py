"""Who acts at the console, for the audit trail."""

import getpass
import os


def who() -> str:
    """The name under which this console acts: it has no sign-in but the machine's own."""
    try:
        return f"console:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's uid that no name belongs to
        return f"console:uid-{os.getuid()}"
