"""What the quick reader's speed is measured against: bare segmentation, and the way it is usually done."""

import logging
import warnings
from collections.abc import Callable, Sequence


def bare() -> Callable[[str], object]:
    """Return rjieba's cut and nothing else: the floor of the work."""
    import rjieba  # noqa: PLC0415 - its wheel may be missing where nothing is measured

    cut: Callable[[str], object] = rjieba.cut
    return cut


def naive(texts: Sequence[str]) -> Callable[[str], object]:
    """Return jieba + TF-IDF + logistic regression, a document at a time, fitted to senseless labels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # escapes in its patterns that newer Pythons warn of
        import jieba  # noqa: PLC0415 - loads for a second
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - same
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - same

    jieba.setLogLevel(logging.WARNING)
    vectoriser = TfidfVectorizer(token_pattern=r"(?u)\S+")  # noqa: S106 - a pattern of tokens, no secret
    features = vectoriser.fit_transform(" ".join(jieba.cut(text)) for text in texts)
    labels = [number % 6 for number in range(len(texts))]  # five categories and none
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it need not converge to cost its time
        model = LogisticRegression(max_iter=20).fit(features, labels)

    def judge(text: str) -> object:
        words = vectoriser.transform([" ".join(jieba.cut(text))])
        return model.predict_proba(words)

    return judge
