"""The request of Open Inference Protocol v2 that asks for people's probabilities of being employed."""

from census import FEATURES


def infer_request(identity, people):
    """One tensor per feature. `people`: dicts of feature to whole number; further keys are left out."""
    shape = [len(people)]
    return {
        "id": identity,
        "inputs": [
            {"name": feature, "shape": shape, "datatype": "INT64", "data": [person[feature] for person in people]}
            for feature in FEATURES
        ],
    }
