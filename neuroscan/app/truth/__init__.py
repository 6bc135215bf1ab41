"""What the page Ground Truth Overlay is made of."""
