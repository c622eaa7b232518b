"""
Makes the example's data sets from the census files in data/raw. Running it again does nothing.

  train.parquet, holdout.parquet   2015; a quarter, by a fixed hash of the id, is held out
  live.parquet, live-labels.parquet   2016 to 2018, shuffled within each year: the files are ordered by household
  live.jsonl   the first people of live.parquet as requests, with the labels that arrive later

The raw files also hold another model's output, `prediction` and `predicted_probability`. It is dropped here.
"""

import argparse
import hashlib
import json
from pathlib import Path

HERE = Path(__file__).parent
DATA = HERE / "data"
RAW_FILES = ("employment_MA_reference.pq", "employment_MA_analysis.pq", "employment_MA_analysis_target.pq")
SHUFFLE_SEED = 2015


def main():
    parser = argparse.ArgumentParser(description="Makes the data sets of the employment example from data/raw.")
    parser.add_argument("--requests", type=int, default=60_000, help="lines of live.jsonl (default: %(default)s)")
    requests = parser.parse_args().requests
    made_from = fingerprint(requests)
    marker = DATA / "prepared.json"
    if marker.exists() and json.loads(marker.read_text()) == made_from:
        print(f"The data sets in {DATA} are up to date.")
        return
    marker.unlink(missing_ok=True)
    prepare(requests)
    marker.write_text(json.dumps(made_from, indent=2))


def fingerprint(requests):
    """What the data sets are made from: the raw files, the scripts and the number of requests."""
    missing = [name for name in RAW_FILES if not (DATA / "raw" / name).exists()]
    if missing:
        raise SystemExit(f"{', '.join(missing)} not in {DATA / 'raw'}: run `node scripts/fetch-employment.mjs` first.")
    sources = [DATA / "raw" / name for name in RAW_FILES] + [Path(__file__), HERE / "census.py", HERE / "request.py"]
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}
    return {"sources": digests, "requests": requests}


def prepare(requests):
    import numpy as np  # here, so that finding everything up to date needs no third-party package

    from census import LABEL

    reference, analysis, labels = (read_raw(DATA / "raw" / name) for name in RAW_FILES)
    held_out = np.array([is_held_out(identity) for identity in reference["id"].to_pylist()])
    write(reference.filter(~held_out), "train.parquet")
    write(reference.filter(held_out), "holdout.parquet")

    if not analysis["id"].equals(labels["id"]):
        raise SystemExit("The ids of the people and of their labels differ.")
    order = shuffled_within_years(analysis["year"].to_numpy())
    live, live_labels = analysis.take(order), labels.take(order)
    write(live, "live.parquet")
    write(live_labels, "live-labels.parquet")
    write_requests(live.slice(0, requests), live_labels[LABEL].to_pylist()[:requests])


def read_raw(path):
    """The features, id, year and label of a raw file as whole numbers, so far as it has them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from census import FEATURES, LABEL

    raw = pq.read_table(path)
    columns = {}
    for name, kind in [("id", pa.int64()), ("year", pa.int32()), *((f, pa.int32()) for f in FEATURES), (LABEL, pa.int32())]:
        if name in raw.column_names:
            column = raw[name]
            text = pa.types.is_dictionary(column.type)
            columns[name] = (column.cast(pa.string()) if text else column).cast(kind)
    return pa.table(columns).combine_chunks()


def is_held_out(identity):
    """A quarter of all ids, for ever the same: no model is trained on what another is evaluated on."""
    return hashlib.sha256(str(identity).encode()).digest()[0] % 4 == 0


def shuffled_within_years(years):
    import numpy as np

    random = np.random.default_rng(SHUFFLE_SEED)
    return np.concatenate([random.permutation(np.flatnonzero(years == year)) for year in np.unique(years)])


def write(table, name):
    import pyarrow.parquet as pq

    partial = DATA / f".{name}.partial"
    pq.write_table(table, partial, compression="zstd", row_group_size=65_536)
    partial.replace(DATA / name)
    print(f"{name}: {table.num_rows} rows, {(DATA / name).stat().st_size} bytes")


def write_requests(people, labels):
    from request import infer_request

    partial = DATA / ".live.jsonl.partial"
    with open(partial, "w", encoding="utf-8") as file:
        for person, label in zip(people.to_pylist(), labels):
            identity = f"ma-{person['id']}"
            line = {"id": identity, "key": identity, "body": infer_request(identity, [person]), "label": label}
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
    partial.replace(DATA / "live.jsonl")
    print(f"live.jsonl: {len(labels)} requests, {(DATA / 'live.jsonl').stat().st_size} bytes")


if __name__ == "__main__":
    main()
