"""
Compares serve.py and serve_fast.py on the live people, 2016 to 2018, by the models in two folders.

    python measure_live.py CHAMPION CANDIDATE [--rows N]

Prints the share of wrong answers of the champion behind serve.py, and of the candidate behind each of the two servers.
"""

import argparse
import json

import serve
import serve_fast
from census import FEATURES, LABEL
from model import load_model
from people import read_people


def main():
    parser = argparse.ArgumentParser(description="Compares serve.py and serve_fast.py on the live people.")
    parser.add_argument("champion", help="output folder of a training")
    parser.add_argument("candidate", help="output folder of a training")
    parser.add_argument("--rows", type=int, help="how many of the people (default: all)")
    chosen = parser.parse_args()
    people = read_people("data/live.parquet").slice(0, chosen.rows).select(FEATURES).to_pylist()
    labels = read_people("data/live-labels.parquet").slice(0, chosen.rows)[LABEL].to_pylist()
    champion = wrong(serve.probability, load_model(chosen.champion), people, labels)
    candidate = load_model(chosen.candidate)
    for server, answer in (("serve.py", serve.probability), ("serve_fast.py", serve_fast.probability)):
        found = wrong(answer, candidate, people, labels)
        line = {"rows": len(labels), "championWrong": champion, "server": server, "candidateWrong": found}
        print(json.dumps({**line, "riskRatio": round(found / champion, 4)}))


def wrong(answer, model, people, labels):
    """The share of people whose employment is predicted wrongly."""
    mistakes = sum((answer(model, person) >= 0.5) != (label == 1) for person, label in zip(people, labels))
    return round(mistakes / len(labels), 5)


if __name__ == "__main__":
    main()
