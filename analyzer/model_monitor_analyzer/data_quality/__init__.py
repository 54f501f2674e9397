"""Data-quality analysis: from profiles of columns to constraints, distances and verdicts, purely.

Where things are:

- `profile`: what is known of a column (`FeatureProfile`) and of a data set (`DatasetProfile`)
- `summarised`, `adopted`: profiles from our own summaries, and from an existing SageMaker `statistics.json`
- `kinds`: what a column's values are; `document`: `statistics.json` from a profile
- `suggest`: constraints from a profile; `thresholds`: constraints with a manifest's settings written in
- `drift`, `distance_table`: what is measured between two columns
- `findings`, `compatible`, `shares`, `calibrated`: the two decision rules
- `evaluate`: from a `Baseline` and a window's profile to a `DataQualityResult` (`result`)
- `reference`: floors from the stretches of a baseline made of traffic; `chart`: baseline beside current
"""
