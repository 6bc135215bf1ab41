"""Synthetic ultrasound: simulated necks under a simulated probe. Nothing here comes from a person."""

from neuroscan.phantom.dataset import frame, write
from neuroscan.phantom.plan import DEMO_SEED, refuse_demo

__all__ = ["DEMO_SEED", "frame", "refuse_demo", "write"]
