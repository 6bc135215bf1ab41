"""What the page Model Comparison is made of."""
