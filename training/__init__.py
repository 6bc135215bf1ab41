"""Commands: train, evaluate, predict, phantom."""
