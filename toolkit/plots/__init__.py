"""Figures in one quiet house style: Chinese always drawn, colours from the codebook, data beside every figure.

Every function takes arrays and names, never a model, and gives a :class:`Chart` (a matplotlib ``Figure`` that carries
the table it shows); :func:`save` writes the picture and that table as CSV beside it. :func:`plot_results` draws all
figures that the rows of ``fazhi classify`` allow.
"""

from toolkit.plots.results import plot_results
from toolkit.plots.style import Chart, save
from toolkit.plots.themes import theme_distribution
from toolkit.plots.topics import topic_terms

__all__ = ["Chart", "plot_results", "save", "theme_distribution", "topic_terms"]
