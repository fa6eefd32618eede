# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the real yt-dlp search and download from a server on loopback.

Put the parent of yt_dlp_plugins on PYTHONPATH, together with a folder that
holds loopback.json: {"url": "http://127.0.0.1:PORT"}. A search then asks
URL/search?q=QUERY&n=N for a list of flat entries ({id, title, channel,
duration, view_count, ...}); an entry's page is URL/watch/ID, whose audio is at
URL/media/ID.m4a, or what its "format" says instead. URL/watch/ID answers
{"error": TEXT} for a video that yt-dlp shall fail on with that text.

A second address in loopback.json, "sites", is the one of SoundCloud's API
(sites/soundcloud/) and of Bandcamp's pages (sites/track/ID): yt-dlp's own code
for these sites then reads what they answer.
"""
import json
import os
import urllib.parse

from yt_dlp.extractor.bandcamp import BandcampIE
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.extractor.soundcloud import SoundcloudBaseIE
from yt_dlp.extractor.youtube import YoutubeSearchIE
from yt_dlp.utils import ExtractorError


def _url(name="url"):
    for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        path = os.path.join(folder, "loopback.json")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as f:
                return json.load(f)[name]
    raise ExtractorError("loopback.json is not on PYTHONPATH", expected=True)


class LoopbackSearchIE(YoutubeSearchIE, plugin_name="loopback"):
    def _get_n_results(self, query, n):
        return self.playlist_result(
            list(self._search_results(query, n)), query, query)

    def _search_results(self, query, n=10):
        found = self._download_json(
            "%s/search?%s" % (_url(), urllib.parse.urlencode(
                {"q": query, "n": n})), query, note=False)
        if isinstance(found, dict):
            raise ExtractorError(found["error"], expected=True)
        for entry in found[:int(n)]:
            yield {"_type": "url", "ie_key": "LoopbackVideo",
                   "url": "%s/watch/%s" % (_url(), entry["id"]), **entry}


class LoopbackVideoIE(InfoExtractor):
    _VALID_URL = r"http://127\.0\.0\.1:\d+/watch/(?P<id>[\w-]+)"

    def _real_extract(self, url):
        video = self._match_id(url)
        page = self._download_json(url, video, note=False)
        if "error" in page:
            raise ExtractorError(page["error"], expected=True)
        return {"id": video, "title": page.get("title", video),
                "duration": page.get("duration"),
                "formats": [{"url": "%s/media/%s.m4a" % (_url(), video),
                             "format_id": "140", "ext": "m4a",
                             "vcodec": "none", "acodec": "mp4a.40.2",
                             **page.get("format", {})}],
                "thumbnails": page.get("thumbnails", [])}


try:
    SoundcloudBaseIE._API_V2_BASE = _url("sites") + "/soundcloud/"
except (ExtractorError, KeyError):
    pass        # a test of other sites


class LoopbackBandcampIE(BandcampIE):
    _VALID_URL = (r"http://(?P<uploader>127\.0\.0\.1):\d+/track/"
                  r"(?P<id>[^/?#&]+)")
