"""The limits of every shipped envelope, as the provider documents them: one table, by hand.

A value at an edge is accepted; one just beyond it is a finding. Where a document can be read in two
ways, the strict edge gives a warning and the lenient one the row's level.
"""

from typing import NamedTuple

from refprep.models.limits import Level


class Edge(NamedTuple):
    """The least and the most of one limit, in both readings; None: that side is open."""

    least: float | None = None
    most: float | None = None
    lenient_least: float | None = None
    lenient_most: float | None = None
    level: Level = "error"
    "Of a value beyond all readings: an error where the provider itself publishes the limit."

    @property
    def strict(self) -> list[tuple[float, int]]:
        """The edges of the strict reading, each with the direction that leads beyond it."""
        return [(edge, way) for edge, way in ((self.least, -1), (self.most, 1)) if edge is not None]

    @property
    def lenient(self) -> list[tuple[float, int]]:
        """The edges of the lenient reading, where there is one."""
        edges = ((self.lenient_least, -1), (self.lenient_most, 1))
        return [(edge, way) for edge, way in edges if edge is not None]


Edges = dict[str, Edge]


def observed(edges: Edges) -> Edges:
    """The same edges where only others state them: warnings."""
    return {rule: edge._replace(level="warning") for rule, edge in edges.items()}


# BytePlus and Volcengine, for every model 2.0 ...
ARK: Edges = {
    "image-count": Edge(most=9),
    "image-file-size": Edge(most=29_999_999, lenient_most=31_457_279),  # "less than 30 MB"
    "image-dimensions": Edge(300, 6000),
    "image-aspect-ratio": Edge(0.4, 2.5, lenient_least=0.39),
    "image-pixels": Edge(90_000, 36_000_000, level="warning"),
    "video-count": Edge(most=3),
    "video-duration": Edge(2, 15, 1.8, 15.2),
    "video-total-duration": Edge(most=15, lenient_most=15.2),
    "video-file-size": Edge(most=200_000_000, lenient_most=200 * 2**20),
    "video-pixels": Edge(614 * 664, 3326 * 2494),
    "video-dimensions": Edge(300, 6000),
    "video-aspect-ratio": Edge(0.4, 2.5, lenient_least=0.39),
    "video-fps": Edge(24, 60),
    "audio-count": Edge(most=3),
    "audio-duration": Edge(2, 15, 1.8, 15.2),
    "audio-total-duration": Edge(most=15, lenient_most=15.2),
    "audio-file-size": Edge(most=15_000_000, lenient_most=15 * 2**20),
}
# ... and for 2.5.
ARK_25: Edges = {
    **ARK,
    "image-count": Edge(most=30),
    "video-count": Edge(most=10),
    "video-duration": Edge(2, 30, 1.8, 30.2),
    "video-total-duration": Edge(most=30, lenient_most=30.2),
    "audio-count": Edge(most=10),
    "audio-duration": Edge(2, 30, 1.8, 30.2),
    "audio-total-duration": Edge(most=30, lenient_most=30.2),
}
# The page of Seedance 2.0 at Oxen.ai, and word for word at fal.
PAGE: Edges = {
    "image-count": Edge(most=9),
    "image-file-size": Edge(most=30_000_000, lenient_most=30 * 2**20),
    "video-count": Edge(most=3),
    "video-total-duration": Edge(2, 15),
    "video-total-size": Edge(most=49_999_999, lenient_most=50 * 2**20 - 1),  # "under 50 MB"
    "video-pixels": Edge(640 * 640, 834 * 1112),
    "audio-count": Edge(most=3),
    "audio-total-duration": Edge(most=15),
    "audio-file-size": Edge(most=15_000_000, lenient_most=15 * 2**20),
    "file-count": Edge(most=12),
}
# What is only known from upstream there.
UPSTREAM: Edges = {
    "image-dimensions": Edge(300, 6000, level="warning"),
    "image-aspect-ratio": Edge(0.4, 2.5, level="warning"),
    "video-duration": Edge(2, 15, level="warning"),
    "video-dimensions": Edge(300, 6000, level="warning"),
    "video-aspect-ratio": Edge(0.4, 2.5, level="warning"),
    "video-fps": Edge(24, 60, level="warning"),
    "audio-duration": Edge(2, 15, level="warning"),
}
JULY: Edges = {
    **observed(PAGE),
    **UPSTREAM,
    "image-count": Edge(most=9),
    "video-count": Edge(most=3),
    "file-count": Edge(most=15),
}
FAL: Edges = {
    **observed(ARK),
    **PAGE,
    "audio-file-size": Edge(most=9_999_999, lenient_most=15 * 2**20),  # "under 10 MB", reported
}
del FAL["video-file-size"]  # fal counts all videos together

EDGES: dict[str, Edges] = {
    "seedance-2.0": ARK,
    "seedance-2.5": ARK_25,
    "oxen-seedance-2.0": {**PAGE, **UPSTREAM},
    "oxen-seedance-2.0-2026-07": JULY,
    "oxen-seedance-2.0-fast": JULY,
    "oxen-seedance-2.5": observed(ARK_25),
    "fal-seedance-2.0": FAL,
    "fal-seedance-2.0-fast": FAL,
    "fal-seedance-2.0-mini": FAL,
    "fal-seedance-2.5": {
        "image-count": Edge(most=30),
        "image-file-size": Edge(most=30_000_000, lenient_most=30 * 2**20),
        "image-dimensions": Edge(300, 6000, level="warning"),
        "image-aspect-ratio": Edge(0.4, 2.5, lenient_least=0.39, level="warning"),
        "image-pixels": Edge(90_000, 36_000_000, level="warning"),
        "video-count": Edge(most=10),
        "video-duration": Edge(1.8, 30.2),
        "video-total-duration": Edge(most=30.2),
        "video-file-size": Edge(most=200_000_000, lenient_most=200 * 2**20),
        "video-pixels": Edge(614 * 664, 3326 * 2494, level="warning"),
        "video-dimensions": Edge(300, 6000),
        "video-aspect-ratio": Edge(0.4, 2.5),
        "video-fps": Edge(24, 60),
        "audio-count": Edge(most=10),
        "audio-duration": Edge(1.8, 30.2),
        "audio-total-duration": Edge(most=30.2),
        "audio-file-size": Edge(most=15_000_000, lenient_most=15 * 2**20),
        "file-count": Edge(most=50),
    },
    "byteplus-seedance-2.0": ARK,
    "byteplus-seedance-2.0-fast": ARK,
    "byteplus-seedance-2.0-mini": ARK,
    "byteplus-seedance-2.5": ARK_25,
    "minimax-h3": {
        "image-count": Edge(most=9),
        "image-file-size": Edge(most=30_000_000, lenient_most=30 * 2**20),
        "image-dimensions": Edge(256, 5760),
        "image-aspect-ratio": Edge(0.4, 2.5),
        "video-count": Edge(most=3),
        "video-duration": Edge(2, 15),
        "video-total-duration": Edge(most=15),
        "video-file-size": Edge(most=50_000_000, lenient_most=50 * 2**20),
        "video-dimensions": Edge(256, 5760),
        "video-aspect-ratio": Edge(0.4, 2.5),
        "video-fps": Edge(23.976, 60),
        "audio-count": Edge(most=3),
        "audio-duration": Edge(2, 15),
        "audio-total-duration": Edge(most=15),
        "audio-file-size": Edge(most=15_000_000, lenient_most=15 * 2**20),
        "file-count": Edge(most=12),
    },
    "alibaba-wan-3.0": {
        "image-count": Edge(most=10),
        "image-file-size": Edge(most=20_000_000, lenient_most=20 * 2**20),
        "image-dimensions": Edge(240, 8000),
        "image-aspect-ratio": Edge(0.125, 8),
        "video-count": Edge(most=5),
        "video-duration": Edge(1, 15),
        "video-total-duration": Edge(most=15),
        "video-file-size": Edge(most=100_000_000, lenient_most=100 * 2**20),
        "video-dimensions": Edge(240, 4096),
        "video-fps": Edge(least=16),
        "audio-count": Edge(most=5),
        "audio-duration": Edge(1, 15),
        "audio-total-duration": Edge(most=15),
        "audio-file-size": Edge(most=15_000_000, lenient_most=15 * 2**20),
    },
    "kling-o3": {
        "image-count": Edge(most=7),
        "image-file-size": Edge(most=10_000_000, lenient_most=10 * 2**20),
        "image-dimensions": Edge(least=300),
        "image-aspect-ratio": Edge(0.4, 2.5),
        "video-count": Edge(most=1),
        "video-duration": Edge(3, 10),
        "video-file-size": Edge(most=200_000_000, lenient_most=200 * 2**20),
        "video-dimensions": Edge(720, 2160),
        "video-fps": Edge(24, 60),
    },
}

PROMPTS: dict[str, tuple[int, str, Level]] = {
    **dict.fromkeys(EDGES, (1000, "words", "info")),
    "minimax-h3": (7000, "characters", "error"),
    "alibaba-wan-3.0": (20_000, "characters", "error"),
    "kling-o3": (2500, "characters", "warning"),  # 3072 in the lenient reading
}
"The longest prompt, what is counted, and the level of a finding about a longer one."
