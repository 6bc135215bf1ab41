"""The front door: what NeuroScan is, what is at hand, and the ways in."""

from neuroscan.app import home, layout

layout.page("NeuroScan", "Outlines nerves in ultrasound frames, and shows how far its outlines can be trusted.")
home.front()
home.at_hand()
home.limits()
home.bring_data()
