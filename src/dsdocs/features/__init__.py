"""What a patch looks like, as a vector: inputs of one grid, encoders behind one small interface, embeddings in a file.

It may import whatever stands before it; PyTorch, timm, TorchGeo and Transformers are imported by the encoders that are
named after them, and by nothing else.
"""
