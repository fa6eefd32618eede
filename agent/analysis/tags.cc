/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/tags.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <unistd.h>

#include <aifffile.h>
#include <attachedpictureframe.h>
#include <fileref.h>
#include <flacfile.h>
#include <flacpicture.h>
#include <id3v2tag.h>
#include <mp4coverart.h>
#include <mp4file.h>
#include <mp4tag.h>
#include <mpegfile.h>
#include <opusfile.h>
#include <tfilestream.h>
#include <tpropertymap.h>
#include <vorbisfile.h>
#include <wavfile.h>
#include <xiphcomment.h>

extern "C" {
#include "model/media.h"
#include "model/track.h"
}

namespace
{

constexpr std::size_t max_text = 1024; /* bytes of one field; names are 100 */

/* A file behind a descriptor. TagLib closes the one that it is given. */
struct Opened {
	std::unique_ptr<TagLib::FileStream> stream;
	std::unique_ptr<TagLib::FileRef> ref;

	Opened(int fd, bool read_only)
	{
		int own = dup(fd);

		if (own < 0)
			return;
		lseek(own, 0, SEEK_SET);
		stream = std::make_unique<TagLib::FileStream>(own, read_only);
		ref = std::make_unique<TagLib::FileRef>(stream.get(), false);
	}

	bool ok() const
	{
		return ref && !ref->isNull() && ref->file()->isValid();
	}
};

/* The first value of the first of these names that has one; malloc'd. */
char *text_of(const TagLib::PropertyMap &map,
    std::initializer_list<const char *> names)
{
	for (const char *name : names) {
		const auto it = map.find(name);

		if (it == map.end() || it->second.isEmpty())
			continue;
		std::string text = it->second.toString("; ").
		    stripWhiteSpace().to8Bit(true);
		text = text.substr(0, text.find('\0'));
		if (text.size() > max_text)
			text.resize(max_text);
		if (!text.empty())
			return strdup(text.c_str());
	}
	return nullptr;
}

int number_of(const TagLib::PropertyMap &map, const char *name)
{
	char *text = text_of(map, { name });
	int n = text != nullptr ? std::atoi(text) : 0;

	std::free(text);
	return n > 0 && n < 10000 ? n : 0;
}

double tempo_of(const TagLib::PropertyMap &map)
{
	char *text = text_of(map, { "BPM", "TEMPO" });
	double bpm = text != nullptr ? std::strtod(text, nullptr) : 0;

	std::free(text);
	return bpm > 0 && bpm < 1000 ? bpm : 0;
}

/* Mixed In Key writes EnergyLevel, or "Energy 7" somewhere in a comment. */
int energy_of(const TagLib::PropertyMap &map)
{
	char *text = text_of(map, { "ENERGYLEVEL" });
	int energy = text != nullptr ? std::atoi(text) : 0;

	std::free(text);
	if (energy == 0) {
		text = text_of(map, { "COMMENT", "DESCRIPTION" });
		const char *found = text != nullptr ?
		    std::strstr(text, "Energy ") : nullptr;

		energy = found != nullptr ? std::atoi(found + 7) : 0;
		std::free(text);
	}
	return energy >= 1 && energy <= 10 ? energy : 0;
}

/* Keeps a code only in its exact form. */
char *isrc_of(const TagLib::PropertyMap &map)
{
	char *text = text_of(map, { "ISRC" });
	char code[ISRC_LEN + 1];
	char *isrc = text != nullptr && isrc_parse(text, code) == 0 ?
	    strdup(code) : nullptr;

	std::free(text);
	return isrc;
}

char *spotify_id_of(const TagLib::PropertyMap &map)
{
	char *text = text_of(map, { "SPOTIFY_ID" });

	if (text != nullptr && !spotify_id_is_valid(text)) {
		std::free(text);
		text = nullptr;
	}
	return text;
}

void set(TagLib::PropertyMap &map, const char *name, const char *value)
{
	if (value != nullptr && *value != '\0')
		map.replace(name, TagLib::StringList(
		    TagLib::String(value, TagLib::String::UTF8)));
}

void set_number(TagLib::PropertyMap &map, const char *name, int value)
{
	if (value > 0)
		map.replace(name, TagLib::StringList(
		    TagLib::String::number(value)));
}

const char *mime_of(const void *image, std::size_t len)
{
	const auto *bytes = static_cast<const unsigned char *>(image);

	if (len > 3 && bytes[0] == 0xff && bytes[1] == 0xd8)
		return "image/jpeg";
	if (len > 8 && std::memcmp(bytes + 1, "PNG", 3) == 0)
		return "image/png";
	return nullptr;
}

void put_id3_cover(TagLib::ID3v2::Tag *tag, const TagLib::ByteVector &image,
    const char *mime)
{
	auto *frame = new TagLib::ID3v2::AttachedPictureFrame;

	frame->setMimeType(mime);
	frame->setType(TagLib::ID3v2::AttachedPictureFrame::FrontCover);
	frame->setPicture(image);
	tag->removeFrames("APIC");
	tag->addFrame(frame);
}

TagLib::FLAC::Picture *make_picture(const TagLib::ByteVector &image,
    const char *mime)
{
	auto *picture = new TagLib::FLAC::Picture;

	picture->setType(TagLib::FLAC::Picture::FrontCover);
	picture->setMimeType(mime);
	picture->setData(image);
	return picture;
}

void put_xiph_cover(TagLib::Ogg::XiphComment *comment,
    const TagLib::ByteVector &image, const char *mime)
{
	comment->removeAllPictures();
	comment->addPicture(make_picture(image, mime));
}

void put_cover(TagLib::File *file, const void *cover, std::size_t len)
{
	const char *mime = cover != nullptr ? mime_of(cover, len) : nullptr;

	if (mime == nullptr)
		return;
	const TagLib::ByteVector image(static_cast<const char *>(cover),
	    static_cast<unsigned>(len));

	if (auto *mpeg = dynamic_cast<TagLib::MPEG::File *>(file))
		put_id3_cover(mpeg->ID3v2Tag(true), image, mime);
	else if (auto *wav = dynamic_cast<TagLib::RIFF::WAV::File *>(file))
		put_id3_cover(wav->ID3v2Tag(), image, mime);
	else if (auto *aiff = dynamic_cast<TagLib::RIFF::AIFF::File *>(file))
		put_id3_cover(aiff->tag(), image, mime);
	else if (auto *flac = dynamic_cast<TagLib::FLAC::File *>(file)) {
		flac->removePictures();
		flac->addPicture(make_picture(image, mime));
	} else if (auto *opus = dynamic_cast<TagLib::Ogg::Opus::File *>(file))
		put_xiph_cover(opus->tag(), image, mime);
	else if (auto *ogg = dynamic_cast<TagLib::Ogg::Vorbis::File *>(file))
		put_xiph_cover(ogg->tag(), image, mime);
	else if (auto *mp4 = dynamic_cast<TagLib::MP4::File *>(file)) {
		TagLib::MP4::CoverArtList list;

		list.append(TagLib::MP4::CoverArt(
		    std::strcmp(mime, "image/png") == 0 ?
		    TagLib::MP4::CoverArt::PNG : TagLib::MP4::CoverArt::JPEG,
		    image));
		mp4->tag()->setItem("covr", list);
	}
}

bool save(TagLib::File *file)
{
	if (auto *mpeg = dynamic_cast<TagLib::MPEG::File *>(file))
		return mpeg->save(TagLib::MPEG::File::ID3v2,
		    TagLib::File::StripNone, TagLib::ID3v2::v3,
		    TagLib::File::DoNotDuplicate);
	return file->save();
}

} /* namespace */

void tags_warm_up(void)
{
	/* String conversion sets up its tables. */
	(void)TagLib::String("\xc3\xa9", TagLib::String::UTF8).to8Bit(true);
}

int tags_read(int fd, struct tags *t)
{
	std::memset(t, 0, sizeof(*t));
	Opened file(fd, true);

	if (!file.ok())
		return -1;
	const TagLib::PropertyMap map = file.ref->file()->properties();

	t->artist = text_of(map, { "ARTIST", "ALBUMARTIST" });
	t->title = text_of(map, { "TITLE" });
	t->album = text_of(map, { "ALBUM" });
	t->album_artist = text_of(map, { "ALBUMARTIST" });
	t->date = text_of(map, { "DATE", "YEAR" });
	t->genre = text_of(map, { "GENRE" });
	t->isrc = isrc_of(map);
	t->spotify_id = spotify_id_of(map);
	t->source = text_of(map, { "SOURCE" });
	t->key = text_of(map, { "INITIALKEY", "KEY" });
	t->track_number = number_of(map, "TRACKNUMBER");
	t->disc_number = number_of(map, "DISCNUMBER");
	t->bpm = tempo_of(map);
	t->energy = energy_of(map);
	return 0;
}

const char *tags_write(int fd, const struct tags *t, const void *cover,
    size_t cover_len)
{
	Opened file(fd, false);

	if (!file.ok())
		return "its format has no tags that can be written";
	TagLib::PropertyMap map = file.ref->file()->properties();

	set(map, "ARTIST", t->artist);
	set(map, "TITLE", t->title);
	set(map, "ALBUM", t->album);
	set(map, "ALBUMARTIST", t->album_artist);
	set(map, "DATE", t->date);
	set(map, "GENRE", t->genre);
	set(map, "ISRC", t->isrc);
	set(map, "SPOTIFY_ID", t->spotify_id);
	set(map, "SOURCE", t->source);
	set_number(map, "TRACKNUMBER", t->track_number);
	set_number(map, "DISCNUMBER", t->disc_number);
	file.ref->file()->setProperties(map);
	put_cover(file.ref->file(), cover, cover_len);
	return save(file.ref->file()) ? nullptr : "its tags can't be written";
}
