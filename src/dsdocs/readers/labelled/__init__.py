"""Images whose labels stand in tables beside them: MLRSNet, UC Merced, and what both share."""
