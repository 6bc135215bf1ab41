"""Trained weights in, probabilities out, through ONNX Runtime; imports no Keras."""
