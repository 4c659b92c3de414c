"""What a campaign tried, what survived, and what was lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """Counts of one campaign. A case survives with a note of how it ended; a lost one is described."""

    name: str
    how: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def survived(self, how: str, count: int = 1) -> None:
        """A case ended as promised."""
        self.how[how] += count

    def lost(self, finding: str) -> None:
        """A case broke a promise."""
        self.findings.append(finding)

    @property
    def tried(self) -> int:
        """All cases."""
        return self.how.total() + len(self.findings)

    def line(self) -> str:
        """One line of the table."""
        how = ", ".join(f"{name} {count:,}" for name, count in self.how.most_common())
        lost = len(self.findings)
        return f"{self.name}: tried {self.tried:,}, survived {self.how.total():,}, lost {lost}  ({how})"
