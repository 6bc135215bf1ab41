"""Commands: train, evaluate, predict, export, domain, phantom, explore."""
