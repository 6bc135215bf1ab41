"""Timings, printed for people and as one JSON line. Ratios within a run count; absolute times depend on the machine."""
