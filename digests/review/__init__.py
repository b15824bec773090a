"""Reviews a digest: edits, new order, regenerated texts, and the approval by a person or by the clock."""
