"""A reader that flags by a few words, for tests of what happens around readers."""

from collections.abc import Sequence

from classifiers.assessment import Assessment, Category, Evidence, Rumour, Severity, Signals
from classifiers.classifier import Text

WORDS = {
    "停水": (Category.VITAL_INTERESTS, Severity.HOT_ISSUE),
    "拖欠": (Category.VITAL_INTERESTS, Severity.GENERAL),
    "爆炸": (Category.EMERGENCY_RESPONSE, Severity.MAJOR_EMERGENCY),
    "泄漏": (Category.EMERGENCY_RESPONSE, Severity.SENSITIVE),
    "塌方": (Category.EMERGENCY_RESPONSE, Severity.SENSITIVE),
}


class KeywordReader:
    """Flags what holds one of the words, as severe as the worst of them; 网传 claims a rumour."""

    name = "quick"
    model_version = "keywords"

    def __init__(self, reader: str = "quick", ignoring: str = "") -> None:
        self.reader, self.ignoring = reader, ignoring

    def assess(self, texts: Sequence[Text]) -> list[Assessment]:
        return [self._one(text) for text in texts]

    def _one(self, text: Text) -> Assessment:
        if "抛错" in text.text:
            raise ValueError(text.text)
        found = [word for word in WORDS if word in text.text and word != self.ignoring]
        flagged = tuple(category for category in Category if category in {WORDS[word][0] for word in found})
        severity = max((WORDS[word][1] for word in found), key=lambda tier: tier.rank, default=None)
        return Assessment(
            categories={category: float(category in flagged) for category in Category},
            flagged=flagged,
            severity=severity,
            rumour=Rumour.CLAIM if "网传" in text.text else Rumour.NONE,
            signals=Signals(),
            evidence=tuple(
                Evidence("text", word, text.text.index(word), text.text.index(word) + len(word), 1.0, WORDS[word][0])
                for word in found
            ),
            reader=self.reader,
            model_version=self.model_version,
            needs_review="存疑" in text.text,
        )
