"""Tracks: decoded frames go in, pass a filter graph and an encoder, and come out muxed."""

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
    """One stream of the result: its filter graph, made for the first frame, and its encoder."""

    def __init__(
        self, output: OutputContainer, encoder: Any, chain: Callable[[Any], Sequence[Filter]]
    ) -> None:
        self.output, self.encoder, self.chain = output, encoder, chain
        self.graph: Graph | None = None
        self.size = 0
        "Of the packets that were written."
        self.lasting: dict[int, int] = {}
        "How long each picture is shown that the encoder still holds."

    @property
    def begun(self) -> bool:
        """True once a frame has come."""
        return self.graph is not None

    def push(self, frame: Any) -> None:
        """EncodeJob in one frame; its pts counts from the start of the result."""
        if self.graph is None:
            self.graph = graph(frame, self.chain(frame))
        feed(self.graph, frame)
        self._drain()

    def finish(self) -> None:
        """Flush what the graph and the encoder still hold."""
        if self.graph is not None:
            feed(self.graph, None)
            self._drain()
            self._mux(None)

    def _drain(self) -> None:
        for frame in pull(self.graph):
            self._mux(frame)

    def _mux(self, frame: Any) -> None:
        """Encode a frame, or None for the end; encoders forget how long a picture is shown."""
        if frame is not None and not self.encoder.codec_context.is_open:
            self.encoder.codec_context.time_base = frame.time_base
        if isinstance(frame, av.VideoFrame):
            frame.pict_type = 0  # the encoder chooses key frames, not the source
            self.lasting[frame.pts or 0] = frame.duration
        for packet in self.encoder.encode(frame):
            packet.duration = packet.duration or self.lasting.pop(packet.pts, 0)
            self.size += packet.size
            self.output.mux(packet)


def feed(graph: Graph, frame: Any) -> None:
    """Push a frame, or None for the end; a graph that has already ended wants no more."""
    with suppress(av.error.EOFError):
        graph.push(frame)


def pull(graph: Any) -> Iterator[Any]:
    """All frames that are ready."""
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def graph(frame: Any, chain: Sequence[Filter]) -> Graph:
    """The filter graph for frames such as this one."""
    made, sounding = Graph(), isinstance(frame, av.AudioFrame)
    source = _sound_source(made, frame) if sounding else _picture_source(made, frame)
    nodes = [made.add(name, arguments) for name, arguments in chain]
    made.link_nodes(source, *nodes, made.add("abuffersink" if sounding else "buffersink"))
    made.configure()
    return made


def _picture_source(made: Graph, frame: Any) -> Any:
    return made.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )


def _sound_source(made: Graph, frame: Any) -> Any:
    return made.add_abuffer(
        sample_rate=frame.sample_rate,
        format=frame.format.name,
        layout=frame.layout.name,
        time_base=Fraction(1, frame.sample_rate),
    )
