"""Vectors that stand for patches: hand-made ones, and those of networks as ONNX or by name."""
