"""Mergeable summaries of tabular data: deterministic, of bounded size, with stated accuracy."""

from model_monitor_analyzer.summaries.block_reader import ColumnTypeError
from model_monitor_analyzer.summaries.categories import CategoryCounts
from model_monitor_analyzer.summaries.chunked import ChunkedSummary, summarise_hours
from model_monitor_analyzer.summaries.column import ColumnSummary
from model_monitor_analyzer.summaries.dataset import DatasetSummary, summarise
from model_monitor_analyzer.summaries.distinct import DistinctCount
from model_monitor_analyzer.summaries.encoding import SummaryFormatError
from model_monitor_analyzer.summaries.keys import canonical_keys
from model_monitor_analyzer.summaries.moments import Moments
from model_monitor_analyzer.summaries.ordering import Ordering
from model_monitor_analyzer.summaries.quantiles import Bucket, QuantileSketch, WeightedItems
from model_monitor_analyzer.summaries.segments import SegmentSummaries, summarise_segments
from model_monitor_analyzer.summaries.settings import SummarySettings, leaf_rows
from model_monitor_analyzer.summaries.tree import merge_tree
from model_monitor_analyzer.summaries.type_counts import TypeCounts

__all__ = [
    "Bucket",
    "CategoryCounts",
    "ChunkedSummary",
    "ColumnSummary",
    "ColumnTypeError",
    "DatasetSummary",
    "DistinctCount",
    "Moments",
    "Ordering",
    "QuantileSketch",
    "SegmentSummaries",
    "SummaryFormatError",
    "SummarySettings",
    "TypeCounts",
    "WeightedItems",
    "canonical_keys",
    "leaf_rows",
    "merge_tree",
    "summarise",
    "summarise_hours",
    "summarise_segments",
]
