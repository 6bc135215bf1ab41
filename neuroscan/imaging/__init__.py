"""Pure functions on one frame: preprocess, postprocess, measure, overlay."""
