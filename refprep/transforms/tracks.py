"""Tracks: decoded frames go in, pass a filter graph and an encoder, and are muxed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

import av
from av.container import OutputContainer
from av.filter import Graph

Filter = tuple[str, str]
"A filter's name and its arguments."


class Track:
    """One stream of the result: a filter graph, built for the first frame, and an encoder.

    Attributes:
        size: Bytes of the packets that were muxed.
    """

    def __init__(
        self, output: OutputContainer, encoder: Any, chain: Callable[[Any], Sequence[Filter]]
    ) -> None:
        """`chain` returns the filters for the first frame."""
        self.output, self.encoder, self.chain = output, encoder, chain
        self.graph: Graph | None = None
        self.size = 0
        self.frame_durations: dict[int, int] = {}
        "By pts, of the video frames that the encoder still holds."

    @property
    def started(self) -> bool:
        """True once a frame was pushed."""
        return self.graph is not None

    def push(self, frame: Any) -> None:
        """Filter and encode one frame; its pts counts from the start of the result."""
        if self.graph is None:
            self.graph = filter_graph(frame, self.chain(frame))
        feed(self.graph, frame)
        self._drain()

    def finish(self) -> None:
        """Flush the filter graph and the encoder."""
        if self.graph is not None:
            feed(self.graph, None)
            self._drain()
            self._mux(None)

    def _drain(self) -> None:
        for frame in pull(self.graph):
            self._mux(frame)

    def _mux(self, frame: Any) -> None:
        """Encode a frame, or None for the end; encoders lose the duration of video frames."""
        if frame is not None and not self.encoder.codec_context.is_open:
            self.encoder.codec_context.time_base = frame.time_base
        if isinstance(frame, av.VideoFrame):
            frame.pict_type = 0  # the encoder chooses key frames, not the source
            self.frame_durations[frame.pts or 0] = frame.duration
        for packet in self.encoder.encode(frame):
            packet.duration = packet.duration or self.frame_durations.pop(packet.pts, 0)
            self.size += packet.size
            self.output.mux(packet)


def feed(graph: Graph, frame: Any) -> None:
    """Push a frame into a filter graph, or None for the end; one that has ended takes no more."""
    with suppress(av.error.EOFError):
        graph.push(frame)


def pull(graph: Any) -> Iterator[Any]:
    """All frames that a filter graph has ready."""
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def filter_graph(frame: Any, chain: Sequence[Filter]) -> Graph:
    """A filter graph for frames with the format of this one.

    Args:
        frame: The first frame, of video or audio.
        chain: The filters, in order.
    """
    graph = Graph()
    if isinstance(frame, av.AudioFrame):
        sink = "abuffersink"
        source = graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format.name,
            layout=frame.layout.name,
            time_base=Fraction(1, frame.sample_rate),
        )
    else:
        sink = "buffersink"
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
    nodes = [graph.add(name, arguments) for name, arguments in chain]
    graph.link_nodes(source, *nodes, graph.add(sink))
    graph.configure()
    return graph
