"""The bundled evaluators. To add one: write its file, then add one line here.

The declarations of its class decide which tasks show it. A file is imported when its evaluator is first used, because
the leaderboard needs the names alone and must start quickly.
"""

from __future__ import annotations

import pkgutil
from collections import UserDict
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.base import Evaluator


class Evaluators(UserDict):
    """Classes by name, in the order of a table's columns; a value ``module:Class`` is imported when it is read."""

    def __getitem__(self, name: str) -> type[Evaluator]:
        found = self.data[name]
        return _class_at(found) if isinstance(found, str) else found


_class_at = cache(pkgutil.resolve_name)


def collapse_evaluator(sign: str) -> str:
    """Name of the evaluator of a sign of collapse: ``repetition`` or ``distance``, see ``Evaluator.tells_collapse``."""
    return next(name for name, found in EVALUATORS.items() if found.tells_collapse == sign)


EVALUATORS = Evaluators(
    {
        "topk_accuracy": "evaluators.object_scores:TopKAccuracy",
        "topk_accuracy_per_image": "evaluators.object_scores:TopKAccuracyPerImage",
        "exact_match": "evaluators.object_scores:ExactMatch",
        "micro_f1": "evaluators.object_scores:MicroF1",
        "macro_f1": "evaluators.object_scores:MacroF1",
        "mean_average_precision": "evaluators.object_scores:MeanAveragePrecision",
        "spurious_object_rate": "evaluators.object_scores:SpuriousObjectRate",
        "hair_accuracy": "evaluators.attribute_accuracy:HairAccuracy",
        "eye_accuracy": "evaluators.attribute_accuracy:EyeAccuracy",
        "joint_accuracy": "evaluators.attribute_accuracy:JointAccuracy",
        "no_op_rate": "evaluators.image_translation:NoOpRate",
        "reconstruction_distance": "evaluators.image_translation:ReconstructionDistance",
        "identity_distance": "evaluators.image_translation:IdentityDistance",
        "face_identity_distance": "evaluators.face_identity:FaceIdentityDistance",
        "same_person_rate": "evaluators.face_identity:SamePersonRate",
        "face_hit_rate": "evaluators.face_hit_rate:FaceHitRate",
        "face_hits_of_64": "evaluators.face_hit_rate:FaceHitsOf64",
        "sharpness": "evaluators.sharpness:Sharpness",
        "ruined_face_rate": "evaluators.ruined_faces:RuinedFaceRate",
        "two_coloured_eyes_rate": "evaluators.eye_colours:TwoColouredEyesRate",
        "fd_efficientnet_lite0": "evaluators.frechet:FrechetDistanceEfficientNetLite0",
        "kid_efficientnet_lite0": "evaluators.kid:KernelDistanceEfficientNetLite0",
        "mind_efficientnet_lite0": "evaluators.mind:MongeDistanceEfficientNetLite0",
        "precision_efficientnet_lite0": "evaluators.precision_recall:Precision",
        "recall_efficientnet_lite0": "evaluators.precision_recall:Recall",
        "density_efficientnet_lite0": "evaluators.precision_recall:Density",
        "coverage_efficientnet_lite0": "evaluators.precision_recall:Coverage",
        "near_duplicate_rate": "evaluators.diversity:NearDuplicateRate",
        "near_duplicate_rate_of_64": "evaluators.diversity:NearDuplicateRateOf64",
        "memorised_rate": "evaluators.diversity:MemorisedRate",
        "fid": "evaluators.frechet:FID",
        "diversity_efficientnet_lite0": "evaluators.diversity:DiversityWithinCondition",
        "fd_judge": "evaluators.frechet:FrechetDistanceJudge",
        "intra_object_fd_judge": "evaluators.intra_frechet:IntraObjectFrechetDistance",
        "intra_attribute_fd_judge": "evaluators.intra_frechet:IntraAttributeFrechetDistance",
    }
)
