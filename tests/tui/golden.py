# SPDX-License-Identifier: GPL-2.0-only
"""Screens that are kept in tests/golden/top. NSSCOPE_UPDATE_GOLDEN=1 writes them anew."""
import os

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "top")


def path_of(name):
    return os.path.join(FOLDER, name + ".txt")


def same(name, screen):
    """Whether the screen is the kept one; when told to, keeps it."""
    if os.environ.get("NSSCOPE_UPDATE_GOLDEN") == "1":
        os.makedirs(FOLDER, exist_ok=True)
        with open(path_of(name), "w", encoding="utf-8") as f:
            f.write(screen)
        return True
    with open(path_of(name), encoding="utf-8") as f:
        return f.read() == screen
