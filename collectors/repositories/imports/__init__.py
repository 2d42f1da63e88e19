"""
Reports of other secret scanners, as further evidence beside keyproof's own scan.

A report says what was found; hardly any says what was looked at. So an import adds findings
and never coverage: `ImportedReport.commits` holds only what the report names as scanned.
"""

from __future__ import annotations

from collectors.repositories.imports.reading import read_report
from collectors.repositories.imports.report import ImportedFinding, ImportedReport, ImportFault

__all__ = ["ImportFault", "ImportedFinding", "ImportedReport", "read_report"]
