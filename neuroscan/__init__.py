"""NeuroScan finds nerves in ultrasound frames. Research and teaching only; not a medical device."""
