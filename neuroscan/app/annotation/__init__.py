"""What the page Annotate is made of."""
