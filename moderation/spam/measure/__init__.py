"""How good a filter is, from labels and scores: pure figures, tables of figures, and drawings of them."""

from moderation.spam.measure.figures import Judged, recall_at, roc_auc, share_at, threshold_at

__all__ = ["Judged", "recall_at", "roc_auc", "share_at", "threshold_at"]
