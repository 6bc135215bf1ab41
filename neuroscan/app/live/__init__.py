"""What the page Live Prediction is made of."""
