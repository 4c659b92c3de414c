"""Learning: labelled items in, the arrays of :mod:`toolkit.classify` out, with scikit-learn.

Everything learned is learned from training data alone: vocabulary, idf, weights, trees, calibration, thresholds. What
the trees and the calibration see are scores of models that never saw the item's report (cross-fitting by group;
Wolpert 1992, "Stacked generalization").
"""

from toolkit.learn.boost import grow
from toolkit.learn.cross import CrossFit, fit_cross, learn_report_model
from toolkit.learn.estimator import ThemeClassifier
from toolkit.learn.linear import Counted
from toolkit.learn.opinion import second_opinion
from toolkit.learn.setting import Learning, folds_of, indicator

__all__ = [
    "Counted",
    "CrossFit",
    "Learning",
    "ThemeClassifier",
    "fit_cross",
    "folds_of",
    "grow",
    "indicator",
    "learn_report_model",
    "second_opinion",
]
