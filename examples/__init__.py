"""A small company's declarations, and its AWS estate on an emulator in this process."""

from datetime import UTC, datetime

AS_OF = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""The instant at which the example company is assessed, every time: its clock stands still."""
