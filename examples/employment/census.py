"""The columns of the American Community Survey that the example uses, and what their codes mean."""

LABEL = "employed"

AGE_BAND_YEARS = 5
AGE_BANDS = 20

# How many codes each feature has; codes are whole numbers from 0. AGEP counts bands of five years.
CODES = {
    "AGEP": AGE_BANDS,
    "SCHL": 25,
    "MAR": 6,
    "RELP": 18,
    "DIS": 3,
    "ESP": 9,
    "CIT": 6,
    "MIG": 4,
    "MIL": 5,
    "ANC": 5,
    "NATIVITY": 3,
    "DEAR": 3,
    "DEYE": 3,
    "DREM": 3,
    "SEX": 3,
    "RAC1P": 10,
}

FEATURES = tuple(CODES)

SEX_NAMES = {1: "Male", 2: "Female"}

RACE_NAMES = {
    1: "White",
    2: "Black or African American",
    3: "American Indian",
    4: "Alaska Native",
    5: "American Indian or Alaska Native, tribe not specified",
    6: "Asian",
    7: "Native Hawaiian or Pacific Islander",
    8: "Some other race",
    9: "Two or more races",
}


def age_group(age):
    """The slice of an age in whole years: 0-17, 18-34, 35-54, 55-69 or 70+."""
    for last, name in ((17, "0-17"), (34, "18-34"), (54, "35-54"), (69, "55-69")):
        if age <= last:
            return name
    return "70+"
