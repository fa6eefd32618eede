/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/marks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/keys.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const mark_names[N_MARKS] = {
	[REMIX] = "remix", [EDIT] = "re-edit", [BOOTLEG] = "bootleg",
	[VIP] = "VIP", [MASHUP] = "mashup", [MIXED] = "DJ mix", [DUB] = "dub",
	[CLUB] = "club", [SHORT] = "short edit", [EXTENDED] = "extended",
	[LIVE] = "live", [ACOUSTIC] = "acoustic", [PIANO] = "solo instrument",
	[ORCHESTRAL] = "orchestral", [INSTRUMENTAL] = "instrumental",
	[ACAPELLA] = "a cappella", [KARAOKE] = "karaoke", [COVER] = "cover",
	[SPED_UP] = "sped up", [SLOWED] = "slowed",
	[PROCESSED] = "processed", [LOFI] = "lo-fi", [DEMO] = "demo",
	[ALTERNATE] = "alternate", [VARIANT] = "unspecified",
	[LANGUAGE] = "foreign-language", [CLEAN] = "clean",
	[MONO] = "mono", [STEREO] = "stereo", [UNPLUGGED] = "unplugged",
	[MEDLEY] = "medley", [REPRISE] = "reprise",
	[INTERLUDE] = "intro or outro", [LOOP] = "loop",
	[NOT_MUSIC] = "non-music",
};

/*
 * The table. Phrases are separated by bars and written as people write them;
 * case, accents and blanks don't matter. Longer phrases win over shorter ones.
 */
struct row {
	struct phrase is;
	const char *phrases;
};

#define KIND(k) { .kind = (k) }
#define KIND_APART(k) { .kind = (k), .apart = true }
#define SAYS(m) { .kind = PHRASE_MARK, .mark = (m) }
#define APART(m) { .kind = PHRASE_MARK, .mark = (m), .apart = true }
#define NAMING(m) { .kind = PHRASE_MARK, .mark = (m), .apart = true, \
	.naming = true }
#define COUNTED(m) { .kind = PHRASE_MARK, .mark = (m), .counted = true }

static const struct row table[] = {
	/* ---- by others: remixes ---- */
	{ SAYS(REMIX), "remix|remixed|remixed by|remixes|rmx|rework|reworked|"
	    "refix|flip|re mix|remezcla|remixé|remiks|ремикс|ремікс|リミックス|리믹스|"
	    "混音|רמיקס|ريمكس|remiksi|remixe|dubstep mix|tribal mix|dj版|dj 版本|"
	    "dj version|remixado|remixada" },
	{ KIND(PHRASE_MIX), "mix|микс|мікс|ミックス|믹스|מיקס|miks" },
	{ SAYS(EDIT), "re edit|reedit|re edited|dj edit|festival edit|"
	    "tech edit" },
	/* Shops write "[Edited]" for a clean version. */
	{ APART(CLEAN), "clean|clean version|clean edit|censored|super clean|"
	    "edited clean|radio clean|clean radio|clean radio edit|edited|"
	    "edited version|edited for content|без мата" },
	{ KIND(PHRASE_EDIT), "edit|edited|cut|эдит|エディット|에디트" },
	{ SAYS(BOOTLEG), "bootleg|bootie|бутлег|ブートレグ" },
	{ SAYS(VIP), "vip|vip mix|vip remix" },
	{ SAYS(MASHUP), "mashup|mash up|mash|megamix|mega mix|minimix|mini mix|"
	    "blend|мэшап|мешап|マッシュアップ|매시업|transition" },
	{ SAYS(MIXED), "dj mix|dj set|continuous mix|nonstop mix|non stop mix|"
	    "mixtape" },
	{ APART(MIXED), "mixed|mixed by" },
	{ SAYS(DUB), "dub|dub mix|dub version|даб|ダブ" },
	{ SAYS(CLUB), "club mix|clubmix|club version|club edit|клубный микс" },
	{ APART(CLUB), "club" },

	/* ---- shorter and longer ---- */
	{ SAYS(SHORT), "radio edit|radio mix|radio version|radio cut|"
	    "radio edition|radioedit|single edit|single version|single mix|"
	    "short edit|short version|short mix|short cut|tv size|tv edit|"
	    "tv version|7 inch|7 inch mix|7 inch version|7 mix|7 version|"
	    "7 edit|cut version|versión corta|versión single|"
	    "version courte|kurzversion|radioversion|versione breve|"
	    "wersja radiowa|радио версия|радио эдит|радиоверсия|"
	    "короткая версия|ラジオエディット|ショートバージョン|라디오 에디트" },
	{ APART(SHORT), "radio|short" },
	{ SAYS(EXTENDED), "extended|extended mix|extended version|"
	    "extended edit|ext mix|12 inch|12 inch mix|12 inch version|12 mix|"
	    "12 version|long version|long mix|longer version|maxi version|"
	    "maxi mix|extendida|extendido|versión extendida|versión larga|"
	    "versão estendida|version longue|langversion|maxi single|"
	    "versione estesa|wersja rozszerzona|расширенная версия|"
	    "удлиненная версия|длинная версия|ロングバージョン|加长版" },
	{ APART(EXTENDED), "long|maxi|ext" },

	/* ---- performance ---- */
	{ SAYS(LIVE), "live|lyve|en vivo|en vivo desde|ao vivo|en directo|"
	    "en direct|in concert|en concert|en concierto|dal vivo|live dal|"
	    "na żywo|naživo|élőben|canlı|canlı performans|livenä|v živo|вживую|"
	    "наживо|живой концерт|концерт|живое исполнение|ライブ|ライヴ|라이브|现场|現場|"
	    "现场版|現場版|演唱会|演唱會|הופעה חיה|בהופעה|לייב|حفلة|لايف|tiny desk|"
	    "tiny desk concert|live lounge|whistle test|top of the pops|"
	    "tonight show|late show|late night|jools holland|letterman|"
	    "jimmy kimmel|jimmy fallon|soundcheck|saturday night live|"
	    "boiler room|cercle|kexp|colors show|halftime show|rehearsal|"
	    "bbc session|peel session|peel sessions|spotify session|"
	    "spotify sessions|spotify singles|recorded at spotify studios|"
	    "apple music session|itunes session|live session|live sessions|"
	    "studio session|madison square garden|royal albert hall|red rocks|"
	    "rockefeller center|rock in rio|rock am ring|wembley stadium|"
	    "wembley arena|hyde park|glastonbury|tomorrowland|coachella|"
	    "lollapalooza|rock werchter|pinkpop|howard stern|ensayo|"
	    "performance video|live performance|репетиция|コンサート" },
	{ APART(LIVE), "concert|concierto|konzert|koncert|konser|session|"
	    "sessions|tour|world tour|festival|arena|stadium|performance|"
	    "концерте|uncut" },
	{ SAYS(ACOUSTIC), "acoustic|acoustics|acústico|acústica|acustico|"
	    "acustica|akustik|acoustique|akustisch|akusztikus|akustyczna|"
	    "akustycznie|akustická|akustinen|akoestisch|акустика|акустическая|"
	    "акустический|акустична|アコースティック|어쿠스틱|不插电|不插電|אקוסטי|אקוסטית|"
	    "ακουστικό|stripped|stripped down|"
	    "stripped back|campfire version" },
	{ SAYS(UNPLUGGED), "unplugged|mtv unplugged|unplugged version|"
	    "mtv acústico|acústico mtv|анплагд" },
	{ SAYS(PIANO), "piano|on piano|solo piano|pianoforte|klavier|"
	    "klavierversion|фортепиано|пианино|ピアノ|피아노|钢琴|鋼琴|פסנתר|"
	    "guitar version|on guitar|solo guitar|fingerstyle|ukulele|violin|"
	    "cello|saxophone|sax cover|music box|オルゴール|오르골|harp|kalimba|"
	    "handpan|on drums|organ version|accordion|marimba" },
	{ SAYS(ORCHESTRAL), "orchestral|orchestra version|orchestral version|"
	    "symphonic|symphonic version|symphony version|string quartet|"
	    "strings version|sinfónico|sinfónica|orchestrale|оркестровая|"
	    "с оркестром|with orchestra|オーケストラ" },
	{ SAYS(INSTRUMENTAL), "instrumental|instrumentals|instrumentale|"
	    "strumentale|instrumentalny|instrumentalna|enstrümantal|"
	    "instrumentální|инструментал|инструментальная|інструментал|"
	    "インストゥルメンタル|インスト|인스트루멘탈|반주|伴奏|纯音乐|純音樂|אינסטרומנטלי|off vocal|"
	    "no vocals|no vocal|without vocals|vocals removed|sin voz|sem voz|"
	    "sans voix|base musicale|base instrumental|pista instrumental|"
	    "podkład|podkład muzyczny|instrumentell|instrumentaali|ohne gesang|"
	    "alt yapı|sözsüz" },
	{ APART(INSTRUMENTAL), "inst|instru" },
	{ APART(ACAPELLA), "vocals|vox" },
	{ SAYS(ACAPELLA), "acapella|a cappella|a capella|acappella|accapella|"
	    "acapela|a capela|acapello|acappela|acappella version|vocals only|"
	    "vocal only|only vocals|voice only|voices only|vox only|"
	    "isolated vocals|"
	    "акапелла|а капелла|アカペラ|아카펠라|solo voz|cappella" },

	/* ---- by other performers ---- */
	{ SAYS(KARAOKE), "karaoke|karaoké|karaokê|караоке|минус|минусовка|"
	    "мінус|плюс минус|קריוקי|カラオケ|가라오케|노래방|卡拉ok|كاريوكي|backing track|"
	    "backing tracks|backingtrack|playback|sing along|singalong|"
	    "sing with|made famous by|made popular by|in the style of|"
	    "in style of|originally performed by|originally by|"
	    "als origineel van|al estilo de|a la manera de|im stil von|"
	    "dans le style de|nello stile di|no estilo de|в стиле|в стилі|"
	    "minus one|play along|playalong|drumless|lower key|higher key|"
	    "lyric karaoke|guide melody" },
	{ SAYS(COVER), "cover|covers|covered|covered by|cover by|cover version|"
	    "coverversion|cover mix|tribute|tribute to|a tribute to|tributo|"
	    "homenaje|homenagem|hommage|hommage à|кавер|кавер версия|кавера|"
	    "трибьют|カバー|カヴァー|歌ってみた|弾いてみた|叩いてみた|踊ってみた|커버|翻唱|翻弹|翻彈|קאבר|كوفر|"
	    "διασκευή|diskografi cover|cover en|reprise de|parody|parodia|"
	    "parodie|paródia|пародия|パロディ|패러디|remake|remade|recreation|"
	    "recreated|reimagined by|ai cover|ai version|lullaby|"
	    "lullaby version|lullaby rendition|rendition|rendition of|8 bit|"
	    "8bit|16 bit|chiptune|midi|bardcore|as performed by|as sung by|"
	    "as made famous by|sung by|performed by|metal cover|drum cover|"
	    "bass cover|guitar cover|piano cover|in the manner of|the music of|"
	    "salute to" },

	/* ---- processed ---- */
	{ SAYS(SPED_UP), "sped up|speed up|speedup|spedup|sped|speeded up|"
	    "nightcore|faster version|fast version|pitched up|high pitched|"
	    "chipmunk|chipmunks|ускоренная|ускорено|спид ап|спидап|найткор|"
	    "ナイトコア|加速|倍速|나이트코어|acelerada|acelerado|accelerata|accéléré|"
	    "schneller|hızlandırılmış|przyspieszone|versnelde|pitched|"
	    "pitch up" },
	{ SAYS(SLOWED), "slowed|slowed down|slowed reverb|slowed and reverb|"
	    "slow reverb|slow version|slowed version|super slowed|ultra slowed|"
	    "reverb|reverbed|with reverb|chopped and screwed|"
	    "chopped not slopped|screwed|daycore|anti nightcore|pitched down|"
	    "deep voice|замедленная|замедленно|замедлено|слоуд|減速|慢速|"
	    "ralentizada|ralentie|rallentata|verlangsamt|yavaşlatılmış|"
	    "spowolnione|pitch down" },
	{ APART(SLOWED), "slow" },
	{ SAYS(PROCESSED), "8d|8d audio|8d music|8d tunes|8д|9d|16d|360 audio|"
	    "bass boosted|bass boost|bassboosted|bass boosted version|басс|"
	    "earrape|ear rape|binaural|in another room|from another room|"
	    "empty arena|empty mall|muffled|underwater|432 hz|432hz|528 hz|"
	    "528hz|switching vocals|loud bass" },
	{ SAYS(LOFI), "lofi|lo fi|low fi|лоу фай|ローファイ|로파이|phonk|vaporwave|"
	    "chillhop|synthwave version|jersey club" },

	/* ---- other recordings by the artist ---- */
	{ SAYS(DEMO), "demo|demos|demo version|demo take|rough mix|rough cut|"
	    "work tape|home recording|outtake|outtakes|unfinished|демо|"
	    "демоверсия|デモ|데모|demó|maqueta" },
	{ SAYS(ALTERNATE), "alternate|alternate take|alternate version|"
	    "alternate mix|alternative version|alternative mix|"
	    "alternative take|alt version|alt take|alt mix|early take|"
	    "early version|early mix|monitor mix|false start|take away show|"
	    "alternate lyrics|alternative lyrics|alt lyrics|original lyrics|"
	    "new lyrics|extra lyrics|work in progress|different version|new version|"
	    "new recording|nueva versión|nova versão|nouvelle version|"
	    "neue version|neuaufnahme|новая версия|new mix|re recorded|"
	    "rerecorded|re recording|rerecording|re record|regrabado|regrabada|"
	    "regravação|neu eingespielt|reimagined|redux|revisited|"
	    "versión alternativa|альтернативная версия|перезапись|再録|재녹음|"
	    "tiktok version|anniversary version|anniversary recording|"
	    "anniversary mix" },
	{ APART(ALTERNATE), "alternative|take|takes|re imagined|rerecorded" },
	{ KIND(PHRASE_VERSION), "version|versions|ver|vers|versión|versão|"
	    "versione|versio|wersja|verze|verzia|versiune|versiyon|versiyonu|"
	    "verzió|версия|версія|バージョン|ヴァージョン|ver 2|버전|版|גרסה|גרסת|fassung|"
	    "εκδοχή" },
	{ NAMING(LANGUAGE), "english|spanish|french|german|italian|portuguese|"
	    "japanese|korean|chinese|mandarin|cantonese|russian|hindi|arabic|"
	    "turkish|hebrew|in english|in spanish|in french|in german|"
	    "in italian|en español|en inglés|en français|en anglais|"
	    "auf deutsch|auf englisch|in italiano|em português|em inglês|"
	    "em espanhol|po polsku|по русски|на русском|на английском|"
	    "українською|日本語|日本語版|英語|英語版|中文|中文版|國語|国语|粵語|粤语|한국어|영어|일본어|"
	    "spanglish" },
	{ APART(STEREO), "stereo|stereo mix|stereo version|true stereo|стерео|"
	    "ステレオ" },
	{ APART(MONO), "mono|mono mix|mono version|mono single|mono edit|"
	    "monaural|моно|モノラル" },
	{ SAYS(MEDLEY), "medley|potpourri|попурри|メドレー|메들리|popurrí" },
	{ APART(REPRISE), "reprise|ripresa|реприза|リプライズ" },
	{ APART(INTERLUDE), "intro|outro|interlude|skit|intermission|"
	    "intro edit|outro edit|интро|аутро|インタールード" },

	/* ---- not a recording of the track ---- */
	{ COUNTED(LOOP), "hour|hours|hr|hrs|horas|hora|stunden|stunde|heures|"
	    "heure|ore|ora|godzin|godzina|uur|timmar|saat|часов|часа|час|時間|时间|"
	    "小时|小時|시간|minutes|minute|mins|min|minutos" },
	{ SAYS(LOOP), "loop|looped|on repeat|on loop|hour loop|петля|10h|1h|"
	    "一時間" },
	{ SAYS(NOT_MUSIC), "reaction|reacts|reacting|react|first time hearing|"
	    "tutorial|how to play|how to sing|type beat|typebeat|guitar lesson|"
	    "piano lesson|teaser|trailer|snippet|interview|behind the scenes|"
	    "making of|making the video|documentary|review|explained|"
	    "lyrics meaning|commentary|dance practice|dance cover|"
	    "dance tutorial|choreography|choreo|chords|synthesia|sheet music|"
	    "ringtone|рингтон|реакция|разбор|リアクション|リアクシ|리액션|clone hero|"
	    "beat saber|full album|full ep|album completo|album complet|"
	    "полный альбом|full album stream|guitar tab|guitar tabs|isolated|"
	    "mp3 download" },
	{ APART(NOT_MUSIC), "preview|lesson|podcast|playlist|compilation|урок|"
	    "sample" },

	/* ---- no effect ---- */
	{ KIND(PHRASE_NEUTRAL), "official|officiel|officielle|oficial|"
	    "offiziell|offizielles|ufficiale|resmi|oficjalny|teledysk|oficiální|"
	    "hivatalos|virallinen|официальный|официальное|официальная|"
	    "офіційний|официально|オフィシャル|公式|官方|官方版|공식|רשמי|επίσημο|audio|áudio|"
	    "аудио|аудіо|オーディオ|오디오|音频|音源|음원|ses|video|vídeo|видео|відео|"
	    "videoclip|video clip|clip|clipe|videoklip|klip|klipp|клип|кліп|"
	    "видеоклип|musikvideo|music video|officialvideo|ビデオ|비디오|動画|뮤직비디오|"
	    "קליפ|videó|lyric|lyrics|lyrical|lyric video|lyrics video|letra|"
	    "letras|con letra|legendado|tradução|traducida|paroles|testo|tekst|"
	    "songtext|текст|слова|текст песни|со словами|歌詞|歌词|动态歌词|가사|자막|"
	    "מילים|كلمات|sözleri|şarkı sözü|subtitulado|subtitulada|"
	    "sub español|subs|subtitles|eng sub|with lyrics|on screen lyrics|"
	    "lyrics on screen|lyrics in description|in description|στίχοι|hd|"
	    "hq|uhd|4k|8k|1080p|720p|480p|1080|720|full hd|fullhd|60fps|"
	    "high quality|high definition|best quality|visualizer|visualiser|"
	    "visualizador|visuel|visuals|визуалайзер|remaster|remasters|"
	    "remastered|re mastered|remastered version|digitally remastered|"
	    "digital remaster|digital master|remastering|remasterizado|"
	    "remasterizada|remasterizado en|remasterisé|remasterisée|"
	    "remasterisiert|rimasterizzato|remasterowane|ремастер|ремастеринг|"
	    "ремастированная|リマスター|리마스터|リマスタリング|重制|original mix|"
	    "original version|original edit|versión original|version originale|"
	    "originalversion|versione originale|оригинальная версия|оригинал|"
	    "оригинальный микс|オリジナル|原版|原唱|원곡|original audio|"
	    "original recording|original motion picture|motion picture|"
	    "explicit|explicit version|uncensored|stereo mono|mono stereo|"
	    "album version|"
	    "album mix|album audio|album track|lp version|ep version|"
	    "main version|main mix|full song|full version|full audio|"
	    "full track|full length|bonus track|bonus|hidden track|m v|mv|pv|"
	    "deluxe|deluxe edition|deluxe version|expanded edition|"
	    "special edition|anniversary edition|soundtrack|ost|b side|"
	    "саундтрек|サウンドトラック|kbps|320kbps|256kbps|192kbps|160kbps|128kbps|"
	    "320|320k|256k|192k|160k|128k|flac|flac 16bit|flac 24bit|"
	    "16bit flac|24bit flac|24bit|24 bit|44khz|48khz|96khz|441khz|wav|"
	    "mp3|aiff|web flac|"
	    "m4a|lossless|cd quality|cdq|vinyl rip|cd rip|webrip|free download|"
	    "free dl|download|descargar|скачать|слушать|out now|outnow|"
	    "premiere|premieres|premiera|премьера|премьера клипа|"
	    "премьера песни|премьера трека|exclusive|ncs|nocopyrightsounds|"
	    "ncs release|monstercat release|copyright free music|"
	    "no copyright sounds|release|copyright free|no copyright|"
	    "no copyright music|copyright|royalty free|provided to youtube|"
	    "topic|vevo|youtube|soundcloud|spotify|original soundtrack|shazam|"
	    "tik tok|tiktok|trending|viral|official music|color coded|"
	    "color coded lyrics|han rom eng" },
	{ KIND_APART(PHRASE_NEUTRAL), "dirty|with lyrics|radio rip|"
	    "christmas song|classic|legendary|web|various artists|various|va|copy|copy of|kopie|копия" },
	{ KIND(PHRASE_WEAK), "original|originale|originally|full|complete|song|"
	    "songs|music|musica|música|musique|musik|музыка|песня|пісня|"
	    "canción|canzone|chanson|lied|şarkı|piosenka|track|tune|album|"
	    "single|ep|lp|main|new|neu|nuevo|nueva|novo|nova|nouveau|новый|"
	    "новая|новое|новинка|新曲|hit|hits|hot|master|cd|vinyl|free|best|top|"
	    "edition|anniversary|records|recordings|record|recording|label|rip|"
	    "play|theme|movie|film|фильм|stream|now|week|premium|special|"
	    "remember|visual|screen|quality|title|sub|translation|japan|uk|us|"
	    "usa|digital|channel|tv" },
	{ KIND_APART(PHRASE_GENRE), "house|deep house|future house|"
	    "progressive house|tech house|melodic house|afro house|slap house|"
	    "big room|techno|trance|dubstep|melodic dubstep|drum and bass|"
	    "drum bass|dnb|trap|edm|electronic|electronica|electro|"
	    "electro house|electronic pop|future bass|bass house|hardstyle|"
	    "midtempo|garage|uk garage|breakbeat|hip hop|rap|rnb|r b|pop|"
	    "indie pop|dance pop|dance|indie|indie dance|rock|indie rock|metal|"
	    "folk|jazz|soul|funk|disco|nu disco|reggae|dancehall|reggaeton|"
	    "salsa|bachata|latin|k pop|j pop|ambient|chill|chillstep|chillout|"
	    "downtempo|synthwave|amapiano|afrobeats|country|blues|gospel" },
	{ KIND(PHRASE_SMALL), "pandit|ustad|vidwan|vidushi|shri|sri|dr|sir|dame|"
	    "maestro|a|an|of|in|on|at|to|for|is|de|del|di|da|do|dos|"
	    "das|der|die|dem|den|des|la|le|les|el|los|las|il|lo|в|на|с|из|від|"
	    "та|am|im|zu|z|w|na|の|של|par|von|van|per|dj|mc|mr|ms|s|as" },
	{ KIND(PHRASE_JOINER), "x|vs|versus|v|with|con|avec|mit|med|y|e|et|und|"
	    "og|och|i|и|і|ve|ja|by|от|と|ו|presents|pres|introducing|starring|"
	    "meets|aka" },
	{ KIND(PHRASE_GUEST), "feat|ft|featuring|featured|feat by|duet with|"
	    "dueto con|en duo avec|при участии|при уч|за участю|gościnnie" },
	{ KIND_APART(PHRASE_GUEST), "with|w|con|avec|mit|med|com|и гости|уч|"
	    "con la participación de|participação especial|part esp" },
	{ KIND(PHRASE_SOURCE), "prod|prod by|produced by|produced|dir|dir by|"
	    "directed by|written by|composed by|music by|lyrics by|words by|"
	    "mixed and mastered by|shot by|filmed by|продюсер" },
	{ KIND_APART(PHRASE_SOURCE), "from|from the|theme from|music from|"
	    "inspired by|featured in|as heard in|as seen on|taken from|"
	    "de la película|de la serie|del film|dal film|do filme|da novela|"
	    "du film|extrait de|tiré de|bande originale|aus|aus dem film|из|"
	    "из фильма|из к ф|из сериала|от|z filmu|для|uit|uit de film|för|"
	    "ost part|oficjalny|from the album" },
};

/* Marks of all recordings of an album. Words that other albums have in their
 * names too ("Live Through This") need their prepositions. */
static const struct row album_table[] = {
	{ SAYS(UNPLUGGED), "unplugged|mtv unplugged" },
	{ SAYS(MIXED), "continuous mix|dj mix|mixed by" },
	{ SAYS(MONO), "in mono|mono masters|mono recordings" },
	{ SAYS(LIVE), "live at|live in|live from|live on|en vivo|ao vivo|"
	    "en directo|en concert|in concert|dal vivo|na żywo|"
	    "концерт|live album|live tour|concierto|live version|live versions|"
	    "live recordings|演唱会|演唱會" },
	{ SAYS(KARAOKE), "karaoke|караоке|backing tracks|made famous by" },
	{ SAYS(INSTRUMENTAL), "instrumentals|instrumental" },
	{ SAYS(SPED_UP), "sped up|nightcore" },
	{ SAYS(SLOWED), "slowed" },
	{ SAYS(LOFI), "lofi|lo fi" },
	{ SAYS(DEMO), "demos" },
	{ SAYS(COVER), "lullaby renditions|lullaby versions|tribute to" },
};

static const struct row channel_table[] = {
	{ SAYS(KARAOKE), "karaoke|караоке|минусовки|minusovki|カラオケ|sing king|"
	    "backing tracks|backing track|קריוקי" },
	{ SAYS(COVER), "cover|covers|tribute|tribute band|кавер|parody|lullaby|"
	    "8 bit universe|vitamin string quartet" },
	{ SAYS(SPED_UP), "nightcore|sped up|speed up|spedup" },
	{ SAYS(SLOWED), "slowed|slowed reverb|reverb" },
	{ SAYS(PROCESSED), "8d|8d tunes|8d audio|bass boost|bass boosted" },
	{ SAYS(INSTRUMENTAL), "instrumental|instrumentals" },
	{ SAYS(LOFI), "lofi|lo fi" },
	{ SAYS(NOT_MUSIC), "reaction|reactions|reacts|tutorials" },
};

/* Where concerts take place. Beside a year only: alone they are albums. */
static const struct row place_table[] = {
	{ SAYS(LIVE), "arena|stadium|hall|theatre|theater|club|festival|"
	    "ballroom|auditorium|amphitheatre|amphitheater|coliseum|pavilion|"
	    "opera house|cathedral|castle|palace|garden|gardens|park|odeon|"
	    "apollo|forum|palladium|paradiso|olympia|fillmore|wembley|"
	    "glastonbury|roskilde|montreux|newport|reading|woodstock|"
	    "hammersmith|brixton|budokan|halle|stadion|teatro|estadio|stade|"
	    "london|manchester|birmingham|glasgow|edinburgh|liverpool|leeds|"
	    "dublin|belfast|cardiff|paris|lyon|marseille|bordeaux|nantes|"
	    "brussels|bruxelles|antwerp|amsterdam|rotterdam|utrecht|berlin|"
	    "hamburg|munich|münchen|cologne|köln|frankfurt|stuttgart|leipzig|"
	    "dresden|hannover|düsseldorf|dortmund|essen|vienna|wien|zurich|"
	    "zürich|geneva|basel|copenhagen|oslo|stockholm|gothenburg|helsinki|"
	    "madrid|barcelona|valencia|sevilla|bilbao|lisbon|lisboa|porto|"
	    "milan|milano|rome|roma|turin|torino|bologna|florence|napoli|"
	    "naples|athens|istanbul|prague|praha|budapest|warsaw|warszawa|"
	    "krakow|moscow|st petersburg|kyiv|kiev|minsk|riga|tel aviv|"
	    "jerusalem|new york|nyc|los angeles|chicago|boston|philadelphia|"
	    "detroit|cleveland|atlanta|dallas|houston|austin|denver|seattle|"
	    "portland|san francisco|oakland|san diego|las vegas|phoenix|"
	    "nashville|memphis|new orleans|miami|minneapolis|st louis|"
	    "toronto|montreal|vancouver|ottawa|mexico city|buenos aires|"
	    "santiago|sao paulo|rio de janeiro|bogota|lima|tokyo|osaka|kyoto|"
	    "nagoya|yokohama|seoul|beijing|shanghai|hong kong|taipei|"
	    "singapore|bangkok|jakarta|manila|sydney|melbourne|brisbane|perth|"
	    "adelaide|auckland|johannesburg|cape town|москва|берлин|париж|"
	    "東京|大阪|武道館" },
};

static const struct row label_table[] = {
	{ KIND(PHRASE_NEUTRAL), "records|recordings|recs|record label|label|"
	    "music group|music publishing|music company|music entertainment|"
	    "entertainment|discos|disques|schallplatten|netlabel|audio|"
	    "warner music|sony music|universal music|ultra music|armada music|"
	    "monstercat|nocopyrightsounds|spinnin|defected|anjunabeats|"
	    "ministry of sound|ninja tune|t series|netd müzik" },
};

/* ---- looking up ---- */

struct entry {
	struct entry *next;	/* of the same first byte, shorter ones last */
	struct entry *next_of_pair;	/* of the same first two, likewise */
	const struct phrase *is;
	size_t len;
	struct piece piece;
};

#define PAIRS 1024

struct lexicon {
	const struct row *rows;
	size_t count;
	struct entry *bucket[256];	/* by a key's first byte */
	struct entry *pair[PAIRS];	/* by a hash of the first two */
};

enum { PHRASES, ALBUMS, CHANNELS, PLACES, LABELS };
static struct lexicon lexicons[] = {
	[PHRASES] = { .rows = table, .count = COUNT(table) },
	[ALBUMS] = { .rows = album_table, .count = COUNT(album_table) },
	[CHANNELS] = { .rows = channel_table, .count = COUNT(channel_table) },
	[PLACES] = { .rows = place_table, .count = COUNT(place_table) },
	[LABELS] = { .rows = label_table, .count = COUNT(label_table) },
};
static pthread_once_t built = PTHREAD_ONCE_INIT;

static struct entry **pair_of(struct lexicon *l, const char *key)
{
	return &l->pair[((unsigned char)key[0] * 31u +
	    (unsigned char)key[1]) % PAIRS];
}

static void add_entry(struct lexicon *l, const char *phrase,
    const struct phrase *is)
{
	struct entry *e = xcalloc(1, sizeof(*e)), **at;

	piece_of(&e->piece, phrase);
	e->len = strlen(e->piece.key);
	e->is = is;
	at = &l->bucket[(unsigned char)e->piece.key[0]];
	while (*at != NULL && (*at)->len >= e->len)
		at = &(*at)->next;
	e->next = *at;
	*at = e;
	at = pair_of(l, e->piece.key);
	while (*at != NULL && (*at)->len >= e->len)
		at = &(*at)->next_of_pair;
	e->next_of_pair = *at;
	*at = e;
}

static void build_lexicons(void)
{
	for (size_t i = 0; i < COUNT(lexicons); i++) {
		for (size_t k = 0; k < lexicons[i].count; k++) {
			const struct row *row = &lexicons[i].rows[k];
			char *all = xstrdup(row->phrases), *rest = all, *phrase;

			while ((phrase = strsep(&rest, "|")) != NULL)
				add_entry(&lexicons[i], phrase, &row->is);
			free(all);
		}
	}
}

static const struct phrase *look_up(size_t lexicon, const struct words *w,
    size_t at, bool apart, size_t *len)
{
	const char *key = w->word[at].key;
	struct lexicon *l = &lexicons[lexicon];
	const struct entry *e;
	/* Where the word is short, or any byte may follow, by the first alone;
	 * phrases have no star. */
	bool by_pair = key[0] != '\0' && key[1] != '\0' && key[1] != '*';

	pthread_once(&built, build_lexicons);
	e = by_pair ? *pair_of(l, key) : l->bucket[(unsigned char)key[0]];
	for (; e != NULL; e = by_pair ? e->next_of_pair : e->next) {
		if ((e->is->apart && !apart) || (e->is->counted && (at == 0 ||
		    !word_is_number(w->word[at - 1].key))))
			continue;
		*len = words_run(w, at, &e->piece);
		if (*len > 0)
			return e->is;
	}
	*len = 1;
	return NULL;
}

const struct phrase *phrase_at(const struct words *w, size_t at, bool apart,
    size_t *len)
{
	return look_up(PHRASES, w, at, apart, len);
}

static mark_set marks_in(size_t lexicon, const struct words *w)
{
	mark_set found = 0;
	size_t len;

	for (size_t i = 0; i < w->count; i++) {
		const struct phrase *p = look_up(lexicon, w, i, true, &len);

		found |= p != NULL ? MARK(p->mark) : 0;
	}
	return found;
}

/* ---- albums and channels ---- */

int year_of(const char *key)
{
	if (strlen(key) != 4 || strspn(key, "0123456789") != 4 ||
	    (strncmp(key, "19", 2) != 0 && strncmp(key, "20", 2) != 0))
		return 0;
	return atoi(key);
}

/* "Reunion Arena, October 12th, 1985": a concert. */
static bool is_dated(const struct words *w)
{
	static const char *const months[] = { "january", "february", "march",
		"april", "may", "june", "july", "august", "september",
		"october", "november", "december", "jan", "feb", "aug", "sept",
		"sep", "oct", "nov", "dec" };
	bool month = false, year = false, day = false;

	for (size_t i = 0; i < w->count; i++) {
		const char *text = w->word[i].text;

		for (size_t m = 0; m < COUNT(months); m++)
			month = month || strcmp(text, months[m]) == 0;
		year = year || year_of(text) != 0;
		day = day || (strspn(text, "0123456789") > 0 &&
		    strspn(text, "0123456789") <= 2);
	}
	return month && year && day;
}

/* "Berlin 1994", "1986-07-12 Wembley Stadium": a segment of nothing but place
 * and year. */
static bool is_place_and_year(const struct words *w, size_t from, size_t to)
{
	bool place = false, year = false;

	for (size_t i = from, len; i < to; i += len) {
		const char *text = w->word[i].text;

		if (look_up(PLACES, w, i, true, &len) != NULL)
			place = true;
		else if (year_of(text) != 0)
			year = true;
		else if (!word_is_number(text))
			return false;
	}
	return place && year;
}

/* Marks that an album has in a bracket: "Night (Mixed)". A remix or an edit
 * there may be one of its tracks. */
#define OF_WHOLE_ALBUM (MARK(LIVE) | MARK(MIXED) | MARK(MONO) | \
    MARK(UNPLUGGED) | MARK(ACOUSTIC) | MARK(INSTRUMENTAL) | MARK(KARAOKE) | \
    MARK(SPED_UP) | MARK(SLOWED) | MARK(DEMO) | MARK(ORCHESTRAL))

mark_set marks_of_album(const struct words *album)
{
	mark_set found = marks_in(ALBUMS, album);
	size_t len;

	for (size_t from = 0, to; from < album->count; from = to) {
		bool bracket =
		    album->segment[album->word[from].segment].bracket;

		to = words_segment_end(album, from);
		for (size_t i = from; bracket && i < to; i++) {
			const struct phrase *p = phrase_at(album, i, true,
			    &len);

			if (p != NULL && p->kind == PHRASE_MARK)
				found |= MARK(p->mark) & OF_WHOLE_ALBUM;
		}
		if (is_place_and_year(album, from, to))
			found |= MARK(LIVE);
	}
	return found | (is_dated(album) ? MARK(LIVE) : 0);
}

bool names_label(const struct words *w, size_t from, size_t to)
{
	size_t len;

	for (size_t i = from; i < to; i++)
		if (look_up(LABELS, w, i, true, &len) != NULL)
			return true;
	return false;
}

mark_set marks_unify(mark_set marks)
{
	return marks & MARK(UNPLUGGED) ?
	    marks & ~(MARK(LIVE) | MARK(ACOUSTIC)) : marks;
}

mark_set marks_of_channel(const struct words *channel)
{
	return marks_in(CHANNELS, channel);
}

void marks_text(mark_set marks, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < N_MARKS; i++)
		if (marks & MARK(i) && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s",
			    n > 0 ? ", " : "", mark_names[i]);
	if (n == 0)
		snprintf(out, size, "studio");
}
