"""The bundled evaluators. To add one: write its file, then add one line here."""

from __future__ import annotations

from evaluators.attribute_accuracy import EyeAccuracy, HairAccuracy, JointAccuracy
from evaluators.base import Evaluator
from evaluators.diversity import DiversityWithinCondition, MemorisedRate, NearDuplicateRate
from evaluators.face_hit_rate import FaceHitRate, FaceHitsOf64
from evaluators.frechet import FID, FrechetDistanceEfficientNetLite0, FrechetDistanceJudge
from evaluators.image_translation import IdentityDistance, NoOpRate, ReconstructionDistance
from evaluators.intra_frechet import IntraAttributeFrechetDistance, IntraObjectFrechetDistance
from evaluators.kid import KernelDistanceEfficientNetLite0
from evaluators.object_scores import (
    ExactMatch,
    MacroF1,
    MeanAveragePrecision,
    MicroF1,
    SpuriousObjectRate,
    TopKAccuracy,
    TopKAccuracyPerImage,
)
from evaluators.precision_recall import Coverage, Density, Precision, Recall

EVALUATORS: dict[str, type[Evaluator]] = {
    "topk_accuracy": TopKAccuracy,
    "topk_accuracy_per_image": TopKAccuracyPerImage,
    "exact_match": ExactMatch,
    "micro_f1": MicroF1,
    "macro_f1": MacroF1,
    "mean_average_precision": MeanAveragePrecision,
    "spurious_object_rate": SpuriousObjectRate,
    "hair_accuracy": HairAccuracy,
    "eye_accuracy": EyeAccuracy,
    "joint_accuracy": JointAccuracy,
    "no_op_rate": NoOpRate,
    "reconstruction_distance": ReconstructionDistance,
    "identity_distance": IdentityDistance,
    "face_hit_rate": FaceHitRate,
    "face_hits_of_64": FaceHitsOf64,
    "fd_efficientnet_lite0": FrechetDistanceEfficientNetLite0,
    "fid": FID,
    "fd_judge": FrechetDistanceJudge,
    "intra_object_fd_judge": IntraObjectFrechetDistance,
    "intra_attribute_fd_judge": IntraAttributeFrechetDistance,
    "diversity_efficientnet_lite0": DiversityWithinCondition,
    "near_duplicate_rate": NearDuplicateRate,
    "memorised_rate": MemorisedRate,
    "kid_efficientnet_lite0": KernelDistanceEfficientNetLite0,
    "precision_efficientnet_lite0": Precision,
    "recall_efficientnet_lite0": Recall,
    "density_efficientnet_lite0": Density,
    "coverage_efficientnet_lite0": Coverage,
}
