"""Figures in one quiet house style: Chinese always drawn, colours from the codebook, data beside every figure.

Every function takes arrays and names, never a model, and gives a :class:`Chart` (a matplotlib ``Figure`` that carries
the table it shows); :func:`save` writes the picture and that table as CSV beside it. :func:`plot_results` draws all
figures that the rows of ``fazhi classify`` allow.
"""

from toolkit.plots.heat import heat, theme_confusion, theme_heat, topic_alignment
from toolkit.plots.lines import coverage, learning_curve, reliability, theme_years, topic_sweep
from toolkit.plots.results import charts, plot_results, quality_charts
from toolkit.plots.style import Chart, save
from toolkit.plots.themes import document_topics, theme_distribution, theme_stages
from toolkit.plots.topics import topic_terms

__all__ = [
    "Chart",
    "charts",
    "coverage",
    "document_topics",
    "heat",
    "learning_curve",
    "plot_results",
    "quality_charts",
    "reliability",
    "save",
    "theme_confusion",
    "theme_distribution",
    "theme_heat",
    "theme_stages",
    "theme_years",
    "topic_alignment",
    "topic_sweep",
    "topic_terms",
]
