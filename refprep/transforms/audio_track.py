"""The audio track of a video, encoded as AAC."""

from typing import Any

from av.container import OutputContainer

from refprep.models.media import Video
from refprep.transforms.filters import audio_chain
from refprep.transforms.tracks import Track

AUDIO_BIT_RATE = 192_000
"Bits per second of two channels; one channel takes half."
AAC_FRAME = 1024
"Samples of an AAC packet (ISO 14496-3): the audio can end only after a whole one."


def audio_track(output: OutputContainer, predicted: Video) -> Track:
    """Add an AAC track with the sample rate, channels and duration that the plan predicts."""
    rate, channels = predicted.sample_rate or 48_000, predicted.channels or 2
    encoder: Any = output.add_stream("aac", rate=rate, layout="mono" if channels == 1 else "stereo")
    encoder.bit_rate = AUDIO_BIT_RATE // 2 * channels
    # the last packet may overhang by its whole length, and no reader may see it past the end
    duration = (predicted.duration or 0.0) - AAC_FRAME / rate
    chain = audio_chain(max(0.1, duration), rate, channels)
    return Track(output, encoder, lambda frame: chain)
