"""What a model says: functions of a `Posterior`, each returning a labelled table."""

from xl_mmm.measures.ahead import Future, ahead, repeated
from xl_mmm.measures.beliefs import beliefs
from xl_mmm.measures.contribution import bridge, contribution, immediate_and_carried
from xl_mmm.measures.curves import ResponseCurves, response_curve
from xl_mmm.measures.experiments import lift_tests
from xl_mmm.measures.forecast import forecast, future_of
from xl_mmm.measures.roi import cpik, elasticity, mroi, roi
from xl_mmm.measures.shape import half_life, parameters, saturation_level
from xl_mmm.measures.summary import MEANINGS, summary

__all__ = [
    "MEANINGS",
    "Future",
    "ResponseCurves",
    "ahead",
    "beliefs",
    "bridge",
    "contribution",
    "cpik",
    "elasticity",
    "forecast",
    "future_of",
    "half_life",
    "immediate_and_carried",
    "lift_tests",
    "mroi",
    "parameters",
    "repeated",
    "response_curve",
    "roi",
    "saturation_level",
    "summary",
]
