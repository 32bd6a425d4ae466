"""Look for defects of a data set: in labels, names, times, sizes and pixels, as its authors would want to be told."""

from dsdocs.findings.check import check_quality, store_findings, stored_findings
from dsdocs.findings.finding import SEVERITIES, Finding, Severity

__all__ = ["SEVERITIES", "Finding", "Severity", "check_quality", "store_findings", "stored_findings"]
