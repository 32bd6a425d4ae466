"""Networks that predict labels: trained where a cell asks for it, published as ONNX with their scores."""
