"""Fault campaigns that anyone can run: ``python -m tests.faults.run --short`` (a minute) or ``--full``."""
