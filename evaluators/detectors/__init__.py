"""Face detectors: each says of an image whether there is a face in it, and nothing of whose or how good."""

from __future__ import annotations

from evaluators.detectors.accuracy import agreement, false_alarms, hit_rate
from evaluators.detectors.anime_face_hog import AnimeFaceHOG
from evaluators.detectors.base import Detector
from evaluators.detectors.frontal_face import FrontalFace
from evaluators.detectors.lbp_cascade import LBPCascade
from evaluators.detectors.negatives import negatives
from evaluators.detectors.store import DetectorCard, load_detector, save_detector
from evaluators.detectors.training import DetectorSettings, train_detector

__all__ = [
    "AnimeFaceHOG",
    "Detector",
    "DetectorCard",
    "DetectorSettings",
    "FrontalFace",
    "LBPCascade",
    "agreement",
    "false_alarms",
    "hit_rate",
    "load_detector",
    "negatives",
    "save_detector",
    "train_detector",
]
