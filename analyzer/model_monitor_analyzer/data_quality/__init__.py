"""Data-quality analysis: from profiles of columns to constraints, distances and verdicts, all by pure functions.

Where things are:

- `profile`: what is known of a column (`FeatureProfile`) and of a data set (`DatasetProfile`)
- `summarised`, `adopted`: profiles from our own summaries, and from an existing SageMaker `statistics.json`
- `kinds`: what a column's values are; `suggest`: constraints from a profile; `document`: `statistics.json` from one
- `measure`: everything that is measured between two columns; `compatible`, `calibrated`: the two decision rules
- `evaluate`: from a baseline and a window's profile to a `DataQualityResult`
- `reference`: floors from the chunks of a baseline made of traffic; `chart`: bars of baseline beside current
"""
