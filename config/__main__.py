"""`python -m config`: prints the settings in force, passwords masked."""

import sys

from config.settings import SettingsError, settings

if __name__ == "__main__":
    try:
        for name, value in settings().masked().items():
            print(f"{name} = {value}")  # noqa: T201  # printing is what this module is for
    except SettingsError as problem:
        sys.exit(str(problem))
