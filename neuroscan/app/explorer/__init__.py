"""What the page Data Explorer is made of."""
