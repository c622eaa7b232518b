"""
Serves the same model with a fault that no offline evaluation can see. It is here to be caught by a canary.

The shortcut for people born in the country, 85 in 100, looks their age band up in a prepared list. The list was
sorted as text: 0, 1, 10, 11 ... 2, 3. So 30-year-olds are taken for people of 80. evaluate.py never runs this file.
"""

from census import AGE_BANDS
from encoding import code_of
from serve import main

BANDS_AS_TEXT = sorted(str(band) for band in range(AGE_BANDS))
SHORTCUT = {int(band): position for position, band in enumerate(BANDS_AS_TEXT)}


def probability(model, person):
    codes = {feature: code_of(feature, person[feature]) for feature in model.features}
    if person["NATIVITY"] == 1 and "AGEP" in codes:
        codes["AGEP"] = SHORTCUT.get(codes["AGEP"], AGE_BANDS)
    return model.probability(codes)


if __name__ == "__main__":
    main(probability)
