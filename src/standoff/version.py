"""The version of the package, on the ground floor: every room records it, none needs the root for it."""

from __future__ import annotations

__version__ = "0.1.0"
