"""The batch scorer gives what the plain product of features and weights gives."""

import numpy as np
import pytest

from classifiers.classifier import Text
from classifiers.features import extract
from classifiers.models import quick
from classifiers.table import load, shipped

TEXTS = [
    Text(text="云泽市青石县一家化工厂今天凌晨发生爆炸，已致3人死亡、12人受伤，省应急管理厅派工作组赶赴现场"),
    Text(text=""),
    Text(text="公司拖欠工资三个月，多次反映无人管", title="欠薪", channel="website"),
    Text(text="哈" * 3_000),
    Text(text="周末和朋友去公园散步", channel="weibo"),
]


def test_scores_equal_the_product_of_the_sparse_matrix_and_the_table() -> None:
    weights = load(shipped())
    features = extract(TEXTS)
    plain = (
        features.ngrams() @ weights.table.astype(float) + features.dense @ weights.dense.astype(float) + weights.bias
    )
    assert np.abs(weights.scores(features) - plain).max() <= 1e-6


@pytest.mark.parametrize("batch", [1, 7, 256, 300])
def test_a_text_scores_the_same_wherever_it_stands(batch: int) -> None:
    reader = quick.load()
    texts = [Text(text=f"{text.text}{n}") for n in range(60) for text in TEXTS]
    parts = [reader.log_odds(texts[i : i + batch]) for i in range(0, len(texts), batch)]
    assert (np.concatenate(parts) == reader.log_odds(texts)).all()
