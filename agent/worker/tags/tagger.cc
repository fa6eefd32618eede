/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/tags/tagger.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <new>
#include <string>
#include <vector>

#include <unistd.h>

#include <aifffile.h>
#include <attachedpictureframe.h>
#include <flacfile.h>
#include <generalencapsulatedobjectframe.h>
#include <id3v2tag.h>
#include <infotag.h>
#include <mp4file.h>
#include <mpegfile.h>
#include <oggflacfile.h>
#include <opusfile.h>
#include <textidentificationframe.h>
#include <tiostream.h>
#include <tpropertymap.h>
#include <vorbisfile.h>
#include <wavfile.h>
#include <xiphcomment.h>

#include "worker/tags/serato.h"
extern "C" {
#include "base/outcome.h"
#include "types/media.h"
}

using TagLib::ByteVector;
using TagLib::String;
using TagLib::StringList;
typedef unsigned long ulong;

namespace {

const size_t block_size = 1024 * 1024;
const int64_t spare = 64 * 1024; /* for texts and TagLib's padding */

/*
 * The file for TagLib. TagLib's own FileStream would move the position shared
 * with the agent, and ignores write errors. After an error this class does not
 * touch the file any more.
 */
class Descriptor : public TagLib::IOStream {
public:
	Descriptor(int file, int64_t length) : fd(file), size(length)
	{
	}

	int errnum = 0; /* errno of the first call that failed */

	TagLib::FileName name() const override
	{
		return "";
	}

	ByteVector readBlock(ulong length) override
	{
		int64_t left = std::max<int64_t>(size - at, 0);
		ByteVector out(static_cast<unsigned>(std::min<uint64_t>(
				   length, static_cast<uint64_t>(left))),
		    0);
		size_t got = read_at(out.data(), out.size(), at);

		out.resize(static_cast<unsigned>(got));
		at += static_cast<int64_t>(got);
		return out;
	}

	void writeBlock(const ByteVector &data) override
	{
		write_at(data.data(), data.size(), at);
		at += data.size();
	}

	void insert(const ByteVector &data, ulong start, ulong replace) override
	{
		int64_t from = static_cast<int64_t>(start);
		int64_t old = std::min<int64_t>(static_cast<int64_t>(replace),
		    std::max<int64_t>(size - from, 0));

		move_tail(from + old, static_cast<int64_t>(data.size()) - old);
		at = from;
		writeBlock(data);
	}

	void removeBlock(ulong start, ulong length) override
	{
		insert(ByteVector(), start, length);
	}

	bool readOnly() const override
	{
		return false;
	}

	bool isOpen() const override
	{
		return true;
	}

	void seek(long offset, Position p) override
	{
		at = offset + (p == Current ? at : p == End ? size : 0);
		if (at < 0)
			at = 0;
	}

	long tell() const override
	{
		return at;
	}

	long length() override
	{
		return size;
	}

	/* Whether the file could grow by more; it stays unchanged. */
	bool has_room(int64_t more)
	{
		const int64_t old = size;

		grow(more);
		truncate(old);
		return errnum == 0;
	}

	void truncate(long length) override
	{
		if (errnum == 0 && ftruncate(fd, length) < 0)
			errnum = errno;
		else if (errnum == 0)
			size = length;
	}

private:
	const int fd;
	int64_t size, at = 0;

	size_t read_at(char *data, size_t len, int64_t where)
	{
		size_t done = 0;

		while (done < len) {
			ssize_t n = pread(fd, data + done, len - done,
			    where + static_cast<int64_t>(done));
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				errnum = errno;
			if (n <= 0)
				break;
			done += static_cast<size_t>(n);
		}
		return done;
	}

	void write_at(const char *data, size_t len, int64_t where)
	{
		for (size_t done = 0; errnum == 0 && done < len;) {
			ssize_t n = pwrite(fd, data + done, len - done,
			    where + static_cast<int64_t>(done));
			if (n < 0 && errno != EINTR)
				errnum = errno;
			if (n > 0)
				done += static_cast<size_t>(n);
		}
		size = std::max(size, where + static_cast<int64_t>(len));
	}

	/* Allocates the space before anything is moved: on failure the file is
	 * unchanged. */
	void grow(int64_t by)
	{
		const std::vector<char> zeros(
		    std::min(static_cast<size_t>(by), block_size), 0);
		const int64_t old = size;

		for (int64_t done = 0; done < by && errnum == 0;) {
			size_t n = std::min(static_cast<size_t>(by - done),
			    zeros.size());
			write_at(zeros.data(), n, old + done);
			done += static_cast<int64_t>(n);
		}
		if (errnum != 0 && ftruncate(fd, old) == 0)
			size = old;
	}

	/* Moves everything from start on by a positive or negative number of
	 * bytes, from the end when it moves towards the end. */
	void move_tail(int64_t start, int64_t by)
	{
		const int64_t end = size;
		std::vector<char> block(std::min(block_size,
		    static_cast<size_t>(std::max<int64_t>(end - start, 0))));

		if (by > 0)
			grow(by);
		for (int64_t left = end - start;
		    by != 0 && left > 0 && errnum == 0;) {
			size_t n = std::min(static_cast<size_t>(left),
			    block.size());
			int64_t from = by > 0 ? start + left -
			    static_cast<int64_t>(n) : end - left;

			if (read_at(block.data(), n, from) < n && errnum == 0)
				errnum = EIO;
			write_at(block.data(), n, from + by);
			left -= static_cast<int64_t>(n);
		}
		if (by < 0)
			truncate(end + by);
	}
};

struct Image {
	ByteVector data; /* empty: none */
	bool png = false;

	const char *type() const
	{
		return png ? "image/png" : "image/jpeg";
	}
};

/* The tags that are written, and their names in each family of formats. */
const struct Field {
	char *tags::*member;
	const char *frame;   /* ID3v2; NULL: a TXXX by the name of comment */
	const char *item;    /* MP4 */
	const char *comment; /* FLAC, Ogg */
} fields[] = {
	{ &tags::artist, "TPE1", "\251ART", "ARTIST" },
	{ &tags::title, "TIT2", "\251nam", "TITLE" },
	{ &tags::album, "TALB", "\251alb", "ALBUM" },
	{ &tags::album_artist, "TPE2", "aART", "ALBUMARTIST" },
	{ &tags::date, "TDRC", "\251day", "DATE" },
	{ &tags::genre, "TCON", "\251gen", "GENRE" },
	{ &tags::isrc, "TSRC", "----:com.apple.iTunes:ISRC", "ISRC" },
	{ &tags::spotify_id, nullptr, "----:com.apple.iTunes:SPOTIFY_ID",
	    "SPOTIFY_ID" },
	{ &tags::source, nullptr, "----:com.apple.iTunes:SOURCE", "SOURCE" },
	{ &tags::key, "TKEY", "----:com.apple.iTunes:initialkey",
	    "INITIALKEY" },
	{ &tags::analysis, nullptr, "----:com.apple.iTunes:LIKESYNC_ANALYSIS",
	    "LIKESYNC_ANALYSIS" },
};

/* As Mixed In Key names it. */
const char *const energy_level = "EnergyLevel";

const struct Number {
	int tags::*member;
	const char *frame, *item, *comment;
} numbers[] = {
	{ &tags::track_number, "TRCK", "trkn", "TRACKNUMBER" },
	{ &tags::disc_number, "TPOS", "disk", "DISCNUMBER" },
};

String utf8(const char *text)
{
	return String(text, String::UTF8);
}

/* "3/12" becomes "4/12". */
String number_text(int n, const String &old)
{
	int slash = old.find("/");

	return String::number(n) +
	    (slash >= 0 ? old.substr(static_cast<unsigned>(slash)) : String());
}

String bpm_text(double bpm)
{
	char text[32];

	std::snprintf(text, sizeof(text), "%.2f", bpm);
	return utf8(text);
}

/* ---- ID3v2: mp3, wav, aiff ---- */

void set_frame(TagLib::ID3v2::Tag *tag, const char *id, const String &text)
{
	auto *f = new TagLib::ID3v2::TextIdentificationFrame(id, String::UTF8);

	f->setText(text);
	tag->removeFrames(id);
	tag->addFrame(f);
}

void set_user_frame(TagLib::ID3v2::Tag *tag, const char *name,
    const String &text)
{
	using TagLib::ID3v2::UserTextIdentificationFrame;
	const auto old = tag->frameList("TXXX");

	for (auto *f : old) {
		auto *u = dynamic_cast<UserTextIdentificationFrame *>(f);
		if (u != nullptr &&
		    u->description().upper() == String(name).upper())
			tag->removeFrame(f);
	}
	auto *f = new UserTextIdentificationFrame(String::UTF8);
	f->setDescription(name);
	f->setText(text);
	tag->addFrame(f);
}

void set_picture_frame(TagLib::ID3v2::Tag *tag, const Image &image)
{
	using TagLib::ID3v2::AttachedPictureFrame;
	const auto old = tag->frameList("APIC");

	for (auto *f : old) {
		auto *p = dynamic_cast<AttachedPictureFrame *>(f);
		if (p != nullptr &&
		    p->type() == AttachedPictureFrame::FrontCover)
			tag->removeFrame(f);
	}
	auto *f = new AttachedPictureFrame;
	f->setType(AttachedPictureFrame::FrontCover);
	f->setMimeType(image.type());
	f->setPicture(image.data);
	tag->addFrame(f);
}

void fill(TagLib::ID3v2::Tag *tag, const tags &t, const Image &image)
{
	for (const Field &f : fields) {
		if (t.*f.member == nullptr)
			continue;
		if (f.frame != nullptr)
			set_frame(tag, f.frame, utf8(t.*f.member));
		else
			set_user_frame(tag, f.comment, utf8(t.*f.member));
	}
	for (const Number &n : numbers) {
		const auto &old = tag->frameList(n.frame);

		if (t.*n.member > 0)
			set_frame(tag, n.frame, number_text(t.*n.member,
			    old.isEmpty() ? String() :
			    old.front()->toString()));
	}
	if (t.bpm > 0)
		set_frame(tag, "TBPM", bpm_text(t.bpm));
	if (t.energy > 0)
		set_user_frame(tag, energy_level, String::number(t.energy));
	if (!image.data.isEmpty())
		set_picture_frame(tag, image);
}

/* ---- MP4 ---- */

void fill(TagLib::MP4::Tag *tag, const tags &t, const Image &image)
{
	using namespace TagLib::MP4;

	for (const Field &f : fields)
		if (t.*f.member != nullptr)
			tag->setItem(f.item,
			    Item(StringList(utf8(t.*f.member))));
	for (const Number &n : numbers) {
		int of = tag->contains(n.item) ?
		    tag->item(n.item).toIntPair().second : 0;

		if (t.*n.member > 0)
			tag->setItem(n.item, Item(t.*n.member, of));
	}
	if (t.bpm > 0)
		tag->setItem("tmpo", Item(static_cast<int>(t.bpm + 0.5)));
	if (t.energy > 0)
		tag->setItem(String("----:com.apple.iTunes:") + energy_level,
		    Item(StringList(String::number(t.energy))));
	if (image.data.isEmpty())
		return;
	CoverArtList covers;
	if (tag->contains("covr"))
		covers = tag->item("covr").toCoverArtList();
	/* The first one is the front cover; the others stay. */
	if (!covers.isEmpty())
		covers.erase(covers.begin());
	covers.prepend(CoverArt(image.png ? CoverArt::PNG : CoverArt::JPEG,
	    image.data));
	tag->setItem("covr", Item(covers));
}

/* ---- Vorbis comments: FLAC, Ogg; FLAC has separate pictures ---- */

template <class Holder> void set_picture(Holder *holder, const Image &image)
{
	using TagLib::FLAC::Picture;

	if (image.data.isEmpty())
		return;
	/* Only pointers: a copy of the list would free what is removed. */
	std::vector<Picture *> fronts;
	for (Picture *old : holder->pictureList())
		if (old->type() == Picture::FrontCover)
			fronts.push_back(old);
	for (Picture *old : fronts)
		holder->removePicture(old);
	auto *p = new Picture;
	p->setType(Picture::FrontCover);
	p->setMimeType(image.type());
	p->setData(image.data);
	holder->addPicture(p);
}

void fill(TagLib::Ogg::XiphComment *tag, const tags &t, const Image &image)
{
	for (const Field &f : fields)
		if (t.*f.member != nullptr)
			tag->addField(f.comment, utf8(t.*f.member));
	for (const Number &n : numbers) {
		const StringList old = tag->fieldListMap()[n.comment];

		if (t.*n.member > 0)
			tag->addField(n.comment, number_text(t.*n.member,
			    old.isEmpty() ? String() : old.front()));
	}
	if (t.bpm > 0)
		tag->addField("BPM", bpm_text(t.bpm));
	if (t.energy > 0)
		tag->addField("ENERGYLEVEL", String::number(t.energy));
	set_picture(tag, image);
}

/*
 * The formats. Each function returns false if TagLib can't read or write the
 * file. ID3v2 is written as 2.4, which holds everything of 2.3; the other way
 * round frames would be dropped and dates cut to the year.
 */

bool write_mpeg(Descriptor &io, const tags &t, const Image &image)
{
	using TagLib::MPEG::File;
	File file(&io, TagLib::ID3v2::FrameFactory::instance(), false);

	if (!file.isValid())
		return false;
	fill(file.ID3v2Tag(true), t, image);
	return file.save(File::ID3v2, TagLib::File::StripNone,
	    TagLib::ID3v2::v4, TagLib::File::DoNotDuplicate);
}

/* With one kind of tag: mp4, aiff, ogg. */
template <class File>
bool write_one(Descriptor &io, const tags &t, const Image &image)
{
	File file(&io, false);

	if (!file.isValid() || file.tag() == nullptr)
		return false;
	fill(file.tag(), t, image);
	return file.save();
}

bool write_flac(Descriptor &io, const tags &t, const Image &image)
{
	TagLib::FLAC::File file(&io, TagLib::ID3v2::FrameFactory::instance(),
	    false);

	if (!file.isValid())
		return false;
	fill(file.xiphComment(true), t, Image());
	set_picture(&file, image);
	return file.save();
}

bool write_wav(Descriptor &io, const tags &t, const Image &image)
{
	using TagLib::RIFF::WAV::File;
	File file(&io, false);

	if (!file.isValid())
		return false;
	fill(file.ID3v2Tag(), t, image);
	if (!file.hasInfoTag())
		return file.save(File::ID3v2, TagLib::File::StripNone);
	/* The older RIFF INFO chunk must not contradict the ID3 tag. */
	const struct { const char *value, *chunk; } info[] = {
		{ t.title, "INAM" }, { t.artist, "IART" }, { t.album, "IPRD" },
		{ t.date, "ICRD" }, { t.genre, "IGNR" },
	};
	for (const auto &i : info)
		if (i.value != nullptr)
			file.InfoTag()->setFieldText(i.chunk, utf8(i.value));
	return file.save(File::AllTags, TagLib::File::StripNone);
}

/* No image if the bytes are neither JPEG nor PNG: players show no others, and
 * MP4 has no type for them. */
Image take_image(const void *cover, size_t len)
{
	Image image;

	if (cover == nullptr || len == 0)
		return image;
	image.data = ByteVector(static_cast<const char *>(cover),
	    static_cast<unsigned>(len));
	image.png = image.data.startsWith("\x89PNG");
	if (!image.png && !image.data.startsWith("\xff\xd8\xff"))
		image.data.clear();
	return image;
}

/* ---- reading ---- */

/* Serato's objects: their tempo, under a name of our own. */
void read_objects(const TagLib::ID3v2::Tag *tag, TagLib::PropertyMap &map)
{
	using TagLib::ID3v2::GeneralEncapsulatedObjectFrame;
	double by_text = 0, by_grid = 0;

	for (const auto *f : tag->frameList("GEOB")) {
		const auto *o =
		    dynamic_cast<const GeneralEncapsulatedObjectFrame *>(f);
		if (o == nullptr)
			continue;
		const ByteVector data = o->object();
		if (o->description() == "Serato Autotags")
			by_text = serato_autotags_bpm(data.data(), data.size());
		else if (o->description() == "Serato BeatGrid")
			by_grid = serato_beatgrid_bpm(data.data(), data.size());
	}
	const double bpm = by_text > 0 ? by_text : by_grid;
	if (bpm > 0)
		map.insert("SERATO_BPM", String(std::to_string(bpm)));
}

TagLib::PropertyMap read_mp4(Descriptor &io)
{
	TagLib::MP4::File file(&io, false);

	return file.isValid() ? file.properties() : TagLib::PropertyMap();
}

TagLib::PropertyMap read_wav(Descriptor &io)
{
	TagLib::RIFF::WAV::File file(&io, false);
	TagLib::PropertyMap map;

	if (file.isValid() && file.hasID3v2Tag()) {
		map = file.ID3v2Tag()->properties();
		read_objects(file.ID3v2Tag(), map);
	}
	return map;
}

TagLib::PropertyMap read_aiff(Descriptor &io)
{
	TagLib::RIFF::AIFF::File file(&io, false);
	TagLib::PropertyMap map;

	if (file.isValid() && file.hasID3v2Tag())
		read_objects(file.tag(), map);
	return map;
}

/* Without a tag at the beginning TagLib would search the whole file. */
TagLib::PropertyMap read_mpeg(Descriptor &io)
{
	using TagLib::MPEG::File;
	TagLib::PropertyMap map;

	if (io.readBlock(3) != "ID3")
		return map;
	io.seek(0, TagLib::IOStream::Beginning);
	File file(&io, TagLib::ID3v2::FrameFactory::instance(), false);
	if (file.isValid() && file.hasID3v2Tag())
		read_objects(file.ID3v2Tag(), map);
	return map;
}

const struct Format {
	const char *container, *codec; /* NULL: any */
	bool (*write)(Descriptor &io, const tags &t, const Image &image);
	TagLib::PropertyMap (*read)(Descriptor &io); /* NULL: see tagger.h */
} formats[] = {
	{ "mp3", nullptr, write_mpeg, read_mpeg },
	{ "mp4", nullptr, write_one<TagLib::MP4::File>, read_mp4 },
	{ "flac", nullptr, write_flac, nullptr },
	{ "ogg", "vorbis", write_one<TagLib::Ogg::Vorbis::File>, nullptr },
	{ "ogg", "opus", write_one<TagLib::Ogg::Opus::File>, nullptr },
	{ "ogg", "flac", write_one<TagLib::Ogg::FLAC::File>, nullptr },
	{ "wav", nullptr, write_wav, read_wav },
	{ "aiff", nullptr, write_one<TagLib::RIFF::AIFF::File>, read_aiff },
};

/* codec NULL: any. */
const Format *find_format(const char *container, const char *codec)
{
	for (const Format &f : formats)
		if (std::strcmp(f.container, container) == 0 &&
		    (f.codec == nullptr || codec == nullptr ||
			std::strcmp(f.codec, codec) == 0))
			return &f;
	return nullptr;
}

int refuse(struct error *error, const char *fmt, const char *detail)
{
	error_set(error, ITEM_FAILED, fmt, detail);
	return -1;
}

} /* namespace */

int tagger_write(int fd, int64_t size, const char *container,
    const char *codec, const struct tags *t, const void *cover,
    size_t cover_len, struct error *error)
try {
	const Format *format = find_format(container, codec);
	const Image image = take_image(cover, cover_len);
	Descriptor io(fd, size);

	if (format == nullptr)
		return refuse(error, "is %s, whose tags can't be written; "
		    "use mp3, m4a, flac, ogg, opus, wav or aiff", container);
	/* Otherwise formats with two kinds of tags could be left with one. */
	bool written = io.has_room(static_cast<int64_t>(image.data.size()) +
	    spare) && format->write(io, *t, image);
	if (io.errnum != 0)
		return refuse(error, "can't be tagged: %s",
		    std::strerror(io.errnum));
	if (!written)
		return refuse(error, "can't be tagged: its %s structure is "
		    "damaged", container);
	return 0;
} catch (const std::bad_alloc &) {
	return refuse(error, "can't be tagged: %s", "memory limit reached");
}

struct tag_reader {
	std::map<std::string, std::string> values; /* names in upper case */
};

struct tag_reader *tag_reader_open(int fd, int64_t size,
    const char *container)
try {
	Descriptor io(fd, size);
	const Format *format = find_format(container, nullptr);
	TagLib::PropertyMap map;

	if (format != nullptr && format->read != nullptr)
		map = format->read(io);
	if (map.isEmpty())
		return nullptr;
	auto *r = new tag_reader;
	for (const auto &tag : map)
		r->values[tag.first.upper().to8Bit(true)] =
		    tag.second.toString("; ").to8Bit(true);
	return r;
} catch (const std::bad_alloc &) {
	return nullptr;
}

const char *tag_reader_find(void *reader, const char *name)
{
	auto *r = static_cast<tag_reader *>(reader);
	const auto it = r->values.find(String(name).upper().to8Bit());

	return it != r->values.end() ? it->second.c_str() : nullptr;
}

void tag_reader_free(struct tag_reader *r)
{
	delete r;
}
