"""Keras training: losses, samples, augmentation, fit, export."""
