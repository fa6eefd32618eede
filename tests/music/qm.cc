// SPDX-License-Identifier: GPL-3.0-or-later
// qm FILE: beats and key by qm-dsp, with the settings of its own plugins, for
// a comparison. Prints a line of beats in seconds, and the key.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <vector>

#include <dsp/keydetection/GetKeyMode.h>
#include <dsp/onsets/DetectionFunction.h>
#include <dsp/tempotracking/TempoTrackV2.h>

extern "C" {
#include "worker/decode/decode.h"
}

namespace {

// Hands on frames of a length at every hop of what is fed.
class Hopper {
public:
	Hopper(size_t length, std::ptrdiff_t hop) : length_(length), hop_(hop) {}

	template <typename Each> void feed(double sample, Each each)
	{
		held_.push_back(sample);
		if (held_.size() < length_)
			return;
		each(held_.data());
		held_.erase(held_.begin(), held_.begin() + hop_);
	}

private:
	size_t length_;
	std::ptrdiff_t hop_;
	std::vector<double> held_;
};

struct Listener {
	int rate = 0, channels = 0;
	size_t step = 0;
	std::unique_ptr<DetectionFunction> onsets;
	std::unique_ptr<GetKeyMode> keys;
	std::unique_ptr<Hopper> beat_frames, key_frames;
	std::vector<double> strengths;
	std::map<int, int> votes;
};

size_t power_of_two(double wanted)
{
	return size_t(1) << int(std::lround(std::log2(wanted)));
}

bool begin(void *ctx, int rate, int channels)
{
	Listener &l = *static_cast<Listener *>(ctx);
	DFConfig config = {};

	l.rate = rate;
	l.channels = channels;
	l.step = power_of_two(rate * 0.0116);
	config.stepSize = static_cast<unsigned>(l.step);
	config.frameLength = config.stepSize * 2;
	config.DFType = DF_COMPLEXSD;
	config.dbRise = 3;
	config.whiteningRelaxCoeff = -1;
	config.whiteningFloor = -1;
	l.onsets.reset(new DetectionFunction(config));
	l.keys.reset(new GetKeyMode(rate, 440, 10, 10));
	l.beat_frames.reset(new Hopper(config.frameLength,
	    config.stepSize));
	l.key_frames.reset(new Hopper(l.keys->getBlockSize(),
	    l.keys->getHopSize()));
	return true;
}

void samples(void *ctx, const float *data, size_t frames)
{
	Listener &l = *static_cast<Listener *>(ctx);

	for (size_t n = 0; n < frames; n++) {
		double mono = 0;

		for (int c = 0; c < l.channels; c++)
			mono += *data++;
		mono /= l.channels;
		l.beat_frames->feed(mono, [&](double *frame) {
			l.strengths.push_back(
			    l.onsets->processTimeDomain(frame));
		});
		l.key_frames->feed(mono, [&](double *frame) {
			l.votes[l.keys->process(frame)]++;
		});
	}
}

void print_beats(const Listener &l)
{
	std::vector<double> strengths, periods, tempi, beats;
	TempoTrackV2 tracker(static_cast<float>(l.rate), l.step);

	// The first two are the phase vocoder's, which begins from nothing.
	if (l.strengths.size() > 2)
		strengths.assign(l.strengths.begin() + 2, l.strengths.end());
	periods.assign(strengths.size(), 0);
	tracker.calculateBeatPeriod(strengths, periods, tempi);
	tracker.calculateBeats(strengths, periods, beats);
	for (double beat : beats)
		std::printf("%.4f ", beat * double(l.step) / l.rate);
	std::printf("\n");
}

void print_key(const Listener &l)
{
	static const char *const names[] = { "C", "Db", "D", "Eb", "E", "F",
		"F#", "G", "Ab", "A", "Bb", "B" };
	int best = 0, most = 0;

	for (const auto &vote : l.votes) {
		if (vote.first >= 1 && vote.first <= 24 && vote.second > most) {
			best = vote.first;
			most = vote.second;
		}
	}
	if (best > 0)
		std::printf("%s %s\n", names[(best - 1) % 12],
		    best > 12 ? "minor" : "major");
}

}  // namespace

int main(int argc, char **argv)
{
	Listener l;
	struct decode_sink sink = {};
	struct decoded decoded;
	struct stat st;
	struct error error;
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || fstat(fd, &st) != 0)
		return 1;
	decoder_setup();
	struct decoder *d = decoder_open(fd, st.st_size, &error);
	if (d == nullptr)
		return 1;
	sink.ctx = &l;
	sink.begin = begin;
	sink.samples = samples;
	decoder_run(d, &sink, &decoded);
	decoder_free(d);
	print_beats(l);
	print_key(l);
	close(fd);
	return 0;
}
