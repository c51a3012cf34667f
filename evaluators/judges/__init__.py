"""Judges: small classifiers that say what an image shows, each with a card of how good it is."""

from __future__ import annotations

from evaluators.judges.accuracy import Rate, check_judge, check_judge_by_class
from evaluators.judges.course_resnet18 import load_course_judge
from evaluators.judges.judge import Judge, judge_bytes
from evaluators.judges.network import ARCHITECTURES
from evaluators.judges.self_test import Band, fault_in, known_images, known_rates, make_self_test
from evaluators.judges.store import JudgeCard, load_card, load_judge, load_known_images, make_card, save_judge
from evaluators.judges.training import JudgeSettings, train_judge
from evaluators.judges.tuning import TuneSettings, trust_by_score, tune_judge

__all__ = [
    "ARCHITECTURES",
    "Band",
    "Judge",
    "JudgeCard",
    "JudgeSettings",
    "Rate",
    "TuneSettings",
    "check_judge",
    "check_judge_by_class",
    "fault_in",
    "judge_bytes",
    "known_images",
    "known_rates",
    "load_card",
    "load_course_judge",
    "load_judge",
    "load_known_images",
    "make_card",
    "make_self_test",
    "save_judge",
    "train_judge",
    "trust_by_score",
    "tune_judge",
]
